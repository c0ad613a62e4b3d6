import { z } from 'zod';
import { FailureReport } from '../failure.ts';

/** A company the connected account may work with. */
export const Company = z.object({
  id: z.int().positive(),
  name: z.string(),
  vatNumber: z.string().nullable(),
  /** For accountants: the studio through which the company is reached. */
  controlledBy: z.string().nullable(),
});
/** A company the connected account may work with. */
export type Company = z.infer<typeof Company>;

/** What a list or a card shows of a client; never the whole record. */
export const ClientSummary = z.object({
  id: z.int().positive(),
  name: z.string(),
  vatNumber: z.string().nullable(),
  email: z.string().nullable(),
  city: z.string().nullable(),
});
/** What a list or a card shows of a client. */
export type ClientSummary = z.infer<typeof ClientSummary>;

/** How far an electronic invoice has come at the Italian exchange (SDI), in the provider's own words. */
export const EiStatus = z.enum([
  'attempt',
  'missing',
  'not_sent',
  'sent',
  'pending',
  'processing',
  'error',
  'discarded',
  'not_delivered',
  'accepted',
  'rejected',
  'no_response',
  'manual_accepted',
  'manual_rejected',
]);
/** How far an electronic invoice has come. */
export type EiStatus = z.infer<typeof EiStatus>;

/** What a client was invoiced and owes; amounts in cents, in euro. */
export const ClientCard = z.object({
  invoices: z.array(
    z.object({
      id: z.int(),
      number: z.string(),
      /** `YYYY-MM-DD`, or empty. */
      date: z.string(),
      gross: z.int(),
      due: z.int(),
      overdue: z.int(),
      eiStatus: EiStatus.nullable(),
    }),
  ),
  due: z.int(),
  overdue: z.int(),
});
/** What a client was invoiced and owes. */
export type ClientCard = z.infer<typeof ClientCard>;

/** One line of a confirmation: the provider's field and exactly the value that will be sent. */
export const DraftField = z.object({ field: z.string(), value: z.string() });

const Written = z.string().max(200);

/** A client as somebody is writing it: any text, checked when it is sent. Fields are those of `Customer`. */
export const WrittenClient = z.object({
  type: z.enum(['person', 'company']),
  name: Written,
  vatNumber: Written,
  taxCode: Written,
  sdiCode: Written,
  certifiedEmail: Written,
  email: Written,
  phone: Written,
  street: Written,
  postalCode: Written,
  city: Written,
  province: Written,
  countryCode: Written,
});
/** A client as somebody is writing it. */
export type WrittenClient = z.infer<typeof WrittenClient>;

/** What a member has begun to write. */
export const WrittenDraft = z.object({ id: z.uuid(), client: WrittenClient });
/** What a member has begun to write. */
export type WrittenDraft = z.infer<typeof WrittenDraft>;

/** Kinds of document that can be made of an order. */
export const DocumentType = z.enum(['quote', 'order', 'proforma']);
/** Kinds of document that can be made of an order. */
export type DocumentType = z.infer<typeof DocumentType>;

/** What can be made of the order on a page; sums in cents, as Fatture in Cloud adds them up. */
export const OrderOffer = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('possible'),
    draftId: z.string(),
    types: z.array(DocumentType),
    subject: z.string(),
    lines: z.array(z.string()),
    net: z.int(),
    tax: z.int(),
    gross: z.int(),
  }),
  z.object({ status: z.literal('refused'), failure: FailureReport }),
]);
/** What can be made of the order on a page. */
export type OrderOffer = z.infer<typeof OrderOffer>;
