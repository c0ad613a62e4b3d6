import { Failure } from '../../shared/failure.ts';
import { Contacts, OneContact, type Contact } from '../stora/schemas.ts';
import type { Call } from './action.ts';

/** What a contact is made of, as Stora spells it. */
export interface NewContact {
  full_name: string;
  email: string;
  type: 'domestic' | 'company';
  phone_number?: string;
  tax_id?: string;
}

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

async function findByEmail(call: Call, email: string): Promise<Contact | null> {
  const { contacts } = await call({
    method: 'GET',
    path: '/2025-09/contacts',
    query: { email, limit: '2', sort_direction: 'ASC' },
    schema: Contacts,
  });
  return contacts[0] ?? null;
}
