import { z } from 'zod';
import type { Customer } from '../../shared/fact.ts';
import type { ClientSummary } from '../../shared/view/fatture-in-cloud.ts';

/** What we read of a client record; the API sends much more. */
export const Client = z.object({
  id: z.int().positive(),
  name: z.string().nullish(),
  type: z.string().nullish(),
  vat_number: z.string().nullish(),
  tax_code: z.string().nullish(),
  email: z.string().nullish(),
  phone: z.string().nullish(),
  address_street: z.string().nullish(),
  address_postal_code: z.string().nullish(),
  address_city: z.string().nullish(),
  address_province: z.string().nullish(),
  country_iso: z.string().nullish(),
  ei_code: z.string().nullish(),
  certified_email: z.string().nullish(),
});
/** What we read of a client record. */
export type Client = z.infer<typeof Client>;

const textOf = (value: string | null | undefined): string | null =>
  value == null || value === '' ? null : value;

/** The client in the few words that a list or a card shows. */
export function summaryOf(client: Client): ClientSummary {
  return {
    id: client.id,
    name: client.name ?? '',
    vatNumber: textOf(client.vat_number),
    email: textOf(client.email),
    city: textOf(client.address_city),
  };
}

/** Fields of a new client, in the order in which a person checks them. */
export type NewClient = Partial<Record<(typeof newClientFields)[number], string>> & { name: string };

/** Names of the fields we fill, as the API spells them. */
export const newClientFields = [
  'name',
  'type',
  'vat_number',
  'tax_code',
  'ei_code',
  'certified_email',
  'email',
  'phone',
  'address_street',
  'address_postal_code',
  'address_city',
  'address_province',
  'country_iso',
] as const;

/** The client record that a customer found on a page becomes: what is not known is left out, never guessed. */
export function newClientOf(customer: Customer): NewClient {
  return {
    name: customer.name,
    type: customer.type,
    ...(customer.vatNumber === undefined ? {} : { vat_number: customer.vatNumber }),
    ...(customer.taxCode === undefined ? {} : { tax_code: customer.taxCode }),
    ...(customer.euVatNumber === undefined || customer.vatNumber !== undefined
      ? {}
      : { vat_number: customer.euVatNumber }),
    ...(customer.sdiCode === undefined ? {} : { ei_code: customer.sdiCode }),
    ...(customer.certifiedEmail === undefined ? {} : { certified_email: customer.certifiedEmail }),
    ...(customer.email === undefined ? {} : { email: customer.email }),
    ...(customer.phone === undefined ? {} : { phone: customer.phone }),
    ...(customer.street === undefined ? {} : { address_street: customer.street }),
    ...(customer.postalCode === undefined ? {} : { address_postal_code: customer.postalCode }),
    ...(customer.city === undefined ? {} : { address_city: customer.city }),
    ...(customer.province === undefined ? {} : { address_province: customer.province }),
    ...(customer.countryCode === undefined ? {} : { country_iso: customer.countryCode }),
  };
}
