import { z } from 'zod';
import type { Draft } from '../bridge/document.ts';
import { IssuedDocument, VatTypes, type VatType } from '../fatture-in-cloud/document.ts';
import { condition } from '../fatture-in-cloud/filter.ts';
import type { Call } from './action.ts';
import { listAll } from './list.ts';

const Created = z.object({ data: IssuedDocument });
const Totals = z.object({
  data: z.object({ amount_net: z.number(), amount_vat: z.number(), amount_gross: z.number() }),
});

/** A document, and whether this call made it. */
export interface CreatedDocument {
  document: IssuedDocument;
  created: boolean;
}

/** The company's VAT types. */
export async function listVatTypes(call: Call, companyId: number): Promise<VatType[]> {
  return (await call({ method: 'GET', path: `/c/${companyId}/info/vat_types`, schema: VatTypes })).data;
}

/**
 * The oldest document of this kind with this subject; null where there is none.
 *
 * @throws Failure as `listAll`: what cannot be looked through whole is not made
 */
async function findDocument(
  call: Call,
  companyId: number,
  { type, subject, entity }: Pick<Draft, 'type' | 'subject' | 'entity'>,
): Promise<IssuedDocument | null> {
  const path = `/c/${companyId}/issued_documents` as const;
  // The number orders what is of one day.
  const query = { type, q: condition('entity.name', '=', entity.name), sort: '-date,-number' };
  const documents = await listAll(call, path, query, IssuedDocument);
  const same = documents.filter((document) => document.subject === subject);
  return same.toSorted((a, b) => a.id - b.id)[0] ?? null;
}

/** The document as one that was not made now; null where there is none. */
export async function foundDocument(
  call: Call,
  companyId: number,
  draft: Pick<Draft, 'type' | 'subject' | 'entity'>,
): Promise<CreatedDocument | null> {
  const document = await findDocument(call, companyId, draft);
  return document === null ? null : { document, created: false };
}

/** What Fatture in Cloud makes of a document's lines, in cents; nothing is stored. */
export async function readTotals(
  call: Call,
  companyId: number,
  draft: Draft,
): Promise<{ net: number; tax: number; gross: number }> {
  const { data } = await call({
    method: 'POST',
    path: `/c/${companyId}/issued_documents/totals`,
    body: { data: draft },
    schema: Totals,
  });
  const cents = (amount: number): number => Math.round(amount * 100);
  return {
    net: cents(data.amount_net),
    tax: cents(data.amount_vat),
    gross: cents(data.amount_gross),
  };
}

/**
 * Makes a document, so that in the end there is exactly one of it: looks, creates, looks again, and takes back its own if an
 * older one is there by then (as `createClient` does, and for the same reason).
 */
export const createDocument = (call: Call, companyId: number, draft: Draft): Promise<CreatedDocument> =>
  makeOnlyOne(call, companyId, draft, { data: draft });

/** The same with a body of the caller's, for a document by which `target` finds it. */
export async function makeOnlyOne(
  call: Call,
  companyId: number,
  target: Pick<Draft, 'type' | 'subject' | 'entity'>,
  body: unknown,
): Promise<CreatedDocument> {
  const existing = await findDocument(call, companyId, target);
  if (existing !== null) return { document: existing, created: false };
  const path = `/c/${companyId}/issued_documents` as const;
  const { data: made } = await call({ method: 'POST', path, body, schema: Created });
  const oldest = await findDocument(call, companyId, target).catch(() => null);
  if (oldest === null || oldest.id >= made.id) return { document: made, created: true };
  await call({ method: 'DELETE', path: `${path}/${made.id}`, schema: z.unknown() }).catch(() => undefined);
  return { document: oldest, created: true };
}
