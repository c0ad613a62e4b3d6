import { z } from 'zod';
import type { Call } from './action.ts';

/**
 * Adds a note to a contact; `key` as in `createContact`.
 *
 * @param url what the note is about; the event on the timeline leads there
 */
export async function createNote(
  call: Call,
  contactId: string,
  content: string,
  key: string,
  url?: string,
): Promise<void> {
  await call({
    method: 'POST',
    path: '/2025-09/notes',
    body: {
      content,
      resource: { id: contactId },
      ...(url === undefined ? {} : { metadata: { staffetta_url: url } }),
    },
    key,
    schema: z.unknown(),
  });
}
