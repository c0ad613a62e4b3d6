import { z } from 'zod';
import type { Call } from './action.ts';

/**
 * Adds a task about a contact.
 *
 * Whom it is for is left to Stora: no call is documented that lists the staff.
 *
 * @param dueAt ISO 8601, UTC; null for none
 */
export async function createTask(
  call: Call,
  contactId: string,
  task: { title: string; dueAt: string | null },
  key: string,
): Promise<void> {
  await call({
    method: 'POST',
    path: '/2025-09/tasks',
    body: {
      title: task.title,
      resource: { id: contactId },
      ...(task.dueAt === null ? {} : { due_at: task.dueAt }),
    },
    key,
    schema: z.unknown(),
  });
}
