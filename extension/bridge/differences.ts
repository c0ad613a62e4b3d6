import type { Client } from '../fatture-in-cloud/client.ts';
import type { ContactSummary } from '../../shared/view/stora.ts';
import type { Difference } from '../../shared/view/people.ts';
import type { ContactChanges } from '../stora/contact.ts';

const plain = (text: string): string => text.replaceAll(/[\s.,/-]/g, '').toLowerCase();

/** What a contact would have to become to say what the client says; what the client does not know stays as it is. */
export function differencesOf(client: Client, contact: ContactSummary): Difference[] {
  const pairs: Array<[Difference['field'], string | null, string | null | undefined]> = [
    ['name', contact.name, client.name],
    ['email', contact.email, client.email],
    ['phone', contact.phone, client.phone],
    ['vat-number', contact.vatNumber?.replace(/^IT(?=\d{11}$)/i, '') ?? null, client.vat_number],
    [
      'address',
      addressText(contact.street, contact.postalCode, contact.city, contact.province),
      // Without its street it would take the other's away.
      client.address_street == null || client.address_street === ''
        ? null
        : addressText(
            client.address_street,
            client.address_postal_code,
            client.address_city,
            client.address_province,
          ),
    ],
  ];
  return pairs.flatMap(([field, from, to]) =>
    to == null || to.trim() === '' || plain(from ?? '') === plain(to)
      ? []
      : [{ field, from: from ?? '', to }],
  );
}

const addressText = (...parts: Array<string | null | undefined>): string =>
  parts.filter((part) => part != null && part !== '').join(' ');

/** The change of a contact that takes these fields over from the client. */
export function changesFor(client: Client, fields: ReadonlyArray<Difference['field']>): ContactChanges {
  const has = (field: Difference['field']): boolean => fields.includes(field);
  const address = {
    ...(client.address_street == null ? {} : { line_1: client.address_street }),
    ...(client.address_postal_code == null ? {} : { postal_code: client.address_postal_code }),
    ...(client.address_city == null ? {} : { city: client.address_city }),
    ...(client.address_province == null ? {} : { state: client.address_province }),
  };
  return {
    ...(has('name') && client.name != null ? { full_name: client.name } : {}),
    ...(has('email') && client.email != null ? { email: client.email } : {}),
    ...(has('phone') && client.phone != null ? { phone_number: client.phone } : {}),
    ...(has('vat-number') && client.vat_number != null ? { tax_id: client.vat_number } : {}),
    ...(has('address') ? { address } : {}),
  };
}
