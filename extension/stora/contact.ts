import type { Customer } from '../../shared/fact.ts';
import type { ContactSummary } from '../../shared/view/stora.ts';
import type { Contact } from './schemas.ts';

/** What a contact is made of, as Stora spells it. */
export interface NewContact {
  full_name: string;
  email: string;
  type: 'domestic' | 'company';
  phone_number?: string;
  tax_id?: string;
}

/** What of a contact may be changed. An address is replaced whole. */
export type ContactChanges = Partial<
  NewContact & { address: Partial<Record<'line_1' | 'postal_code' | 'city' | 'state', string>> }
>;

const textOf = (value: string | null | undefined): string | null =>
  value == null || value.trim() === '' ? null : value.trim();

/** A VAT number without prefix and spaces, where it is an Italian one. */
export const italianVat = (text: string | null): string | null =>
  text === null ? null : (/^(?:IT)?(\d{11})$/i.exec(text.replaceAll(/[\s.]/g, ''))?.[1] ?? null);

/** A contact in the few words that a list or a card shows. */
export function contactSummary(contact: Contact): ContactSummary {
  const { address } = contact;
  return {
    id: contact.id,
    name: textOf(contact.full_name) ?? textOf(contact.email) ?? '',
    email: textOf(contact.email),
    phone: textOf(contact.phone_number),
    vatNumber: textOf(contact.tax_id),
    type: contact.type === 'domestic' || contact.type === 'student' ? 'person' : 'company',
    street: textOf(address?.line_1),
    postalCode: textOf(address?.postal_code),
    city: textOf(address?.city),
    province: textOf(address?.state),
    countryCode: textOf(address?.country_alpha2),
  };
}

/** The customer whom a contact is, as far as Stora knows. What does not fit is left out, never guessed. */
export function customerOf(contact: ContactSummary): Customer {
  const vatNumber = italianVat(contact.vatNumber);
  const isTaxCode = /^[A-Z0-9]{16}$/i.test(contact.vatNumber ?? '');
  const country = contact.countryCode?.toUpperCase();
  return {
    type: contact.type,
    name: contact.name,
    ...(vatNumber === null ? {} : { vatNumber }),
    ...(isTaxCode ? { taxCode: contact.vatNumber?.toUpperCase() } : {}),
    ...(contact.email === null ? {} : { email: contact.email }),
    ...(contact.phone === null ? {} : { phone: contact.phone }),
    ...(contact.street === null ? {} : { street: contact.street }),
    ...(contact.postalCode === null ? {} : { postalCode: contact.postalCode }),
    ...(contact.city === null ? {} : { city: contact.city }),
    ...(contact.province === null ? {} : { province: contact.province }),
    ...(country !== undefined && /^[A-Z]{2}$/.test(country) ? { countryCode: country } : {}),
  };
}
