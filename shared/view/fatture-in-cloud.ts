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

/** What somebody is to the company. */
export const Role = z.enum(['client', 'supplier']);
/** What somebody is to the company. */
export type Role = z.infer<typeof Role>;

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

/** Kinds of document that members work with here. */
export const DocumentType = z.enum(['quote', 'order', 'proforma', 'delivery_note', 'invoice']);
/** Kinds of document that members work with here. */
export type DocumentType = z.infer<typeof DocumentType>;

/** A document of a client, and what the member may do with it; the sum in cents. */
export const ClientDocument = z.object({
  id: z.int(),
  type: DocumentType,
  number: z.string(),
  /** `YYYY-MM-DD`, or empty. */
  date: z.string(),
  gross: z.int(),
  eiStatus: EiStatus.nullable(),
  /** What it can become. */
  becomes: z.array(DocumentType),
  canEmail: z.boolean(),
  /** Whether it can be checked for the exchange, and sent. */
  canCheck: z.boolean(),
});
/** A document of a client. */
export type ClientDocument = z.infer<typeof ClientDocument>;

/** How an invoice stands with the exchange; sentences in the provider's words. */
export const EInvoiceCheck = z.object({
  number: z.string(),
  status: EiStatus.nullable(),
  canSend: z.boolean(),
  errors: z.array(z.string()),
  reason: z.string().nullable(),
});
/** How an invoice stands with the exchange. */
export type EInvoiceCheck = z.infer<typeof EInvoiceCheck>;

/** One field that a record and a page know differently; `field` in the provider's spelling. */
export const RecordDifference = z.object({ field: z.string(), from: z.string(), to: z.string() });
/** One field that a record and a page know differently. */
export type RecordDifference = z.infer<typeof RecordDifference>;

/** One line of a confirmation: the provider's field and exactly the value that will be sent. */
export const ProposedField = z.object({ field: z.string(), value: z.string() });

/** What can be written in the side panel. */
export const WrittenKind = z.enum(['client', 'supplier', 'expense', 'receipt', 'email']);
/** What can be written in the side panel. */
export type WrittenKind = z.infer<typeof WrittenKind>;

/** What a member has begun to write: any text, checked when it is sent. */
export const WrittenDraft = z.object({
  id: z.uuid(),
  kind: WrittenKind,
  /** By the names of the form's fields; one that is not there is empty. */
  values: z.record(z.string().regex(/^[a-zA-Z]{1,30}$/), z.string().max(20_000)),
  /** Begun in a private window: it never reaches the disk. */
  isPrivate: z.boolean().default(false),
});
/** What a member has begun to write. */
export type WrittenDraft = z.infer<typeof WrittenDraft>;

/** What a field of a form can be, where it is a choice. */
export const Choice = z.object({ value: z.string(), label: z.string() });
/** What a field of a form can be. */
export type Choice = z.infer<typeof Choice>;

/** A product; prices in cents, stock in pieces, null where none is counted. */
export const Product = z.object({
  id: z.int(),
  name: z.string(),
  code: z.string().nullable(),
  net: z.int().nullable(),
  gross: z.int().nullable(),
  /** Per cent. */
  rate: z.number().nullable(),
  stock: z.number().nullable(),
});
/** A product. */
export type Product = z.infer<typeof Product>;

/** What can be made of the order on a page; sums in cents, as Fatture in Cloud adds them up. */
export const OrderOffer = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('possible'),
    offerId: z.string(),
    types: z.array(DocumentType),
    /** The company's series of numbers for invoices, where there is a choice. */
    numerations: z.array(z.string()),
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
