import { z } from 'zod';
import { Tasks } from '../stora/schemas.ts';
import type { Call } from './action.ts';

/** How many tasks are looked through for the people who have some. */
const tasksMax = 100;

/** Somebody who works for the operator. */
export interface StaffMember {
  id: string;
  name: string;
}

/**
 * People to whom a task can be given: everybody who was given or has made one of the last hundred.
 *
 * No call is documented that lists the staff; somebody who never had a task is chosen in Stora.
 */
export async function listStaff(call: Call): Promise<StaffMember[]> {
  const { tasks } = await call({
    method: 'GET',
    path: '/2025-09/tasks',
    query: { expand: 'assignee,creator', limit: String(tasksMax) },
    schema: Tasks,
  });
  const people = tasks.flatMap(({ assignee, creator }) => [assignee, creator]);
  const named = people.flatMap((person) =>
    person?.id?.startsWith('staff_') === true && person.name != null
      ? [{ id: person.id, name: person.name }]
      : [],
  );
  return [...new Map(named.map((person) => [person.id, person])).values()].toSorted((a, b) =>
    a.name.localeCompare(b.name),
  );
}

/**
 * Adds a task about a contact.
 *
 * @param dueAt ISO 8601, UTC; null for none
 * @param assigneeId null where Stora decides
 */
export async function createTask(
  call: Call,
  contactId: string,
  task: { title: string; dueAt: string | null; assigneeId: string | null },
  key: string,
): Promise<void> {
  await call({
    method: 'POST',
    path: '/2025-09/tasks',
    body: {
      title: task.title,
      resource: { id: contactId },
      ...(task.dueAt === null ? {} : { due_at: task.dueAt }),
      ...(task.assigneeId === null ? {} : { assignee: { id: task.assigneeId } }),
    },
    key,
    schema: z.unknown(),
  });
}
