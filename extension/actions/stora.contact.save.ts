import { Failure } from '../../shared/failure.ts';
import type { ContactChanges, NewContact } from '../stora/contact.ts';
import { Contacts, OneContact, type Contact } from '../stora/schemas.ts';
import type { Call } from './action.ts';

/**
 * Makes somebody a contact, so that in the end there is exactly one record of them.
 *
 * A contact with the same e-mail is taken as the one; if a colleague makes it in the same moment, theirs counts.
 *
 * @param key the same for every repetition of one decision
 */
export async function createContact(
  call: Call,
  contact: NewContact,
  key: string,
): Promise<{ contact: Contact; created: boolean }> {
  const existing = await findByEmail(call, contact.email);
  if (existing !== null) return { contact: existing, created: false };
  try {
    const made = await call({
      method: 'POST',
      path: '/2025-09/contacts',
      body: contact,
      key,
      schema: OneContact,
    });
    return { contact: made.contact, created: true };
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'provider-rejected-data') throw error;
    const other = await findByEmail(call, contact.email);
    if (other === null) throw error;
    return { contact: other, created: false };
  }
}

/** Changes what a contact is made of; doing it twice is doing it once. */
export async function updateContact(
  call: Call,
  contactId: string,
  changes: ContactChanges,
): Promise<Contact> {
  const path = `/2025-09/contacts/${contactId}` as const;
  return (await call({ method: 'PATCH', path, body: changes, schema: OneContact })).contact;
}

async function findByEmail(call: Call, email: string): Promise<Contact | null> {
  const { contacts } = await call({
    method: 'GET',
    path: '/2025-09/contacts',
    query: { email, limit: '2', sort_direction: 'ASC' },
    schema: Contacts,
  });
  return contacts[0] ?? null;
}
