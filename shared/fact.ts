import { z } from 'zod';
import { FactKind } from './fact-kind.ts';

/** Longest value of one fact, in UTF-16 code units; anything longer on a page is not a name, number or address. */
export const factLengthMax = 200;

/** Where on the page a fact was read, best first. */
export const FactMethod = z.enum(['mark', 'recipe', 'json-ld', 'microdata', 'rdfa', 'labelled-text']);
/** Where on the page a fact was read, best first. */
export type FactMethod = z.infer<typeof FactMethod>;

/** Something found on a page, with how it was found and how surely (0 to 1). */
export const Fact = z.object({
  kind: z.enum(FactKind),
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
 * `vatNumber` is eleven digits without prefix; `euVatNumber` has its prefix; `taxCode` and `sdiCode` are upper case;
 * `countryCode` is ISO 3166-1 alpha-2.
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
  euVatNumber: z
    .string()
    .regex(/^[A-Z]{2}[A-Z0-9+*]{2,13}$/)
    .optional(),
  sdiCode: z
    .string()
    .regex(/^[A-Z0-9]{6,7}$/)
    .optional(),
  certifiedEmail: z.email().max(factLengthMax).optional(),
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

/** Hundred-thousandths of a currency's unit: unit prices have up to five decimals. */
const Amount = z.int().min(-1e15).max(1e15);

/** One line of an order. What the page does not say is null; what it says is not computed here. */
export const OrderLine = z.strictObject({
  description: line,
  quantity: z.number().positive().max(1_000_000),
  /** Price of one. */
  unitPrice: Amount.nullable(),
  /** Price of all of it. */
  total: Amount.nullable(),
  /** Per cent. */
  vatRate: z.number().min(0).max(100).nullable(),
});
/** One line of an order. */
export type OrderLine = z.infer<typeof OrderLine>;

/** The one order or invoice a page is about. Comes from a page, so from a stranger. */
export const PageOrder = z.strictObject({
  number: z.string().trim().max(60).nullable(),
  /** ISO 4217; null where the page names none. */
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .nullable(),
  /** Whether the lines' prices have VAT in them; null where the page does not say. */
  includesVat: z.boolean().nullable(),
  lines: z.array(OrderLine).min(1).max(200),
  /** VAT of all of it. */
  tax: Amount.nullable(),
  /** What is to be paid. */
  total: Amount.nullable(),
});
/** The one order or invoice a page is about. */
export type PageOrder = z.infer<typeof PageOrder>;
