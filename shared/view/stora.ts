import { z } from 'zod';

/** What a list or a card shows of a contact in Stora. */
export const ContactSummary = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  vatNumber: z.string().nullable(),
  type: z.enum(['person', 'company']),
  street: z.string().nullable(),
  postalCode: z.string().nullable(),
  city: z.string().nullable(),
  province: z.string().nullable(),
  countryCode: z.string().nullable(),
});
/** What a list or a card shows of a contact in Stora. */
export type ContactSummary = z.infer<typeof ContactSummary>;

/** An amount in minor units. */
export const Money = z.object({ amount: z.int(), currency: z.string() });

/** A contact with their units and what they owe, amounts in minor units. */
export const ContactCard = z.object({
  contact: ContactSummary,
  units: z.array(
    z.object({
      name: z.string(),
      site: z.string(),
      since: z.string().nullable(),
      until: z.string().nullable(),
      /** How it is billed; null where Stora does not say. */
      billing: z.enum(['weekly', 'monthly']).nullable(),
      isCancelled: z.boolean(),
    }),
  ),
  openInvoices: z.array(
    z.object({ id: z.string(), number: z.string(), due: Money, lines: z.array(z.string()) }),
  ),
  balance: z.array(Money),
});
/** A contact with their units and what they owe. */
export type ContactCard = z.infer<typeof ContactCard>;

/** What is free at one site. */
export const Availability = z.object({
  site: z.string(),
  types: z.array(z.object({ name: z.string(), free: z.int(), monthly: Money.nullable() })),
});
/** What is free at one site. */
export type Availability = z.infer<typeof Availability>;

/** A booking. */
export const Order = z.object({
  id: z.string(),
  site: z.string(),
  status: z.string(),
  total: Money.nullable(),
  madeAt: z.string().nullable(),
});
/** A booking. */
export type Order = z.infer<typeof Order>;
