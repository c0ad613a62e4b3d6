import { z } from 'zod';
import { FailureReport } from '../failure.ts';
import { ClientSummary } from './fatture-in-cloud.ts';
import { ContactSummary } from './stora.ts';

/** Somebody as both systems know them; at least one of the two records is there. */
export const Person = z.object({
  client: ClientSummary.nullable(),
  contact: ContactSummary.nullable(),
  /** Whether somebody on the team has said that the two are one. */
  linked: z.boolean(),
  /** What the two records say differently. */
  conflicts: z.array(z.enum(['vat-number', 'e-mail', 'address'])),
});
/** Somebody as both systems know them. */
export type Person = z.infer<typeof Person>;

/** One field that the two systems know differently. */
export const Difference = z.object({
  field: z.enum(['name', 'email', 'phone', 'vat-number', 'address']),
  /** As Stora has it; empty where it has nothing. */
  from: z.string(),
  /** As Fatture in Cloud has it. */
  to: z.string(),
});
/** One field that the two systems know differently. */
export type Difference = z.infer<typeof Difference>;

/** Drafts of all invoices of a period: how far it has come, and what became of each. Ids and numbers alone. */
export const Batch = z.object({
  /** `YYYY-MM-DD`, first and last day. */
  from: z.string(),
  to: z.string(),
  addsClients: z.boolean(),
  companyId: z.int(),
  companyName: z.string(),
  status: z.enum(['listing', 'running', 'paused', 'done']),
  /** Why it does not go on; it is tried again by itself where waiting helps. */
  failure: FailureReport.nullable(),
  items: z.array(
    z.object({
      invoiceId: z.string(),
      contactId: z.string(),
      number: z.string(),
      outcome: z.enum(['waiting', 'made', 'there', 'skipped']),
      /** Number of the draft. */
      draft: z.string().nullable(),
      /** Why it was skipped. */
      failure: FailureReport.nullable(),
    }),
  ),
});
/** Drafts of all invoices of a period. */
export type Batch = z.infer<typeof Batch>;
