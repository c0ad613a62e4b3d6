import { z } from 'zod';

/** Longest value of one fact, in UTF-16 code units; anything longer on a page is not a name, number or address. */
export const factLengthMax = 200;

/** What a fact says of somebody. */
export const FactKind = z.enum([
  'person-name',
  'company-name',
  'partita-iva',
  'codice-fiscale',
  'e-mail',
  'phone',
  'street',
  'postal-code',
  'city',
  'province',
  'country',
]);
/** What a fact says of somebody. */
export type FactKind = z.infer<typeof FactKind>;

/** Where on the page a fact was read, best first. */
export const FactMethod = z.enum(['json-ld', 'microdata', 'labelled-text']);
/** Where on the page a fact was read, best first. */
export type FactMethod = z.infer<typeof FactMethod>;

/** Something found on a page, with how it was found and how surely (0 to 1). */
export const Fact = z.object({
  kind: FactKind,
  value: z.string().min(1).max(factLengthMax),
  method: FactMethod,
  confidence: z.number().min(0).max(1),
});
/** Something found on a page, with how it was found and how surely (0 to 1). */
export type Fact = z.infer<typeof Fact>;

const line = z.string().trim().min(1).max(factLengthMax);

/**
 * The one customer a page is about, put together from its facts.
 *
 * Comes from a page, so from a stranger: the background parses it again before use.
 * `vatNumber` is eleven digits without prefix; `taxCode` is upper case; `countryCode` is ISO 3166-1 alpha-2.
 */
export const Customer = z.strictObject({
  type: z.enum(['person', 'company']),
  name: line,
  vatNumber: z
    .string()
    .regex(/^\d{11}$/)
    .optional(),
  taxCode: z
    .string()
    .regex(/^(?:[A-Z0-9]{16}|\d{11})$/)
    .optional(),
  email: z.email().max(factLengthMax).optional(),
  phone: line.optional(),
  street: line.optional(),
  postalCode: z.string().trim().min(2).max(12).optional(),
  city: line.optional(),
  province: z.string().trim().min(1).max(60).optional(),
  countryCode: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional(),
});
/** The one customer a page is about, put together from its facts. */
export type Customer = z.infer<typeof Customer>;
