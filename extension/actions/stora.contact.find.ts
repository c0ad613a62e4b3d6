import { Contacts, type Contact } from '../stora/schemas.ts';
import type { Call } from './action.ts';

/** How many contacts a search shows. */
const resultsMax = 10;

/**
 * Contacts with this e-mail, or whose name, e-mail or phone is like `text`.
 *
 * The name of the parameter for the second is not in any copy of the documentation that could be read (`search` here).
 */
export async function searchContacts(call: Call, text: string): Promise<Contact[]> {
  const query = /^\S+@\S+\.\S+$/.test(text) ? { email: text } : { search: text };
  const { contacts } = await call({
    method: 'GET',
    path: '/2025-09/contacts',
    query: { ...query, limit: String(resultsMax) },
    schema: Contacts,
  });
  return contacts;
}
