import { z } from 'zod';
import type { Call } from './action.ts';

/** Adds a note to a contact; `key` as in `createContact`. */
export async function createNote(call: Call, contactId: string, content: string, key: string): Promise<void> {
  await call({
    method: 'POST',
    path: '/2025-09/notes',
    body: { content, resource: { id: contactId } },
    key,
    schema: z.unknown(),
  });
}
