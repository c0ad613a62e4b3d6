import { z } from 'zod';
import type { Draft } from '../bridge/draft.ts';
import { IssuedDocument, VatTypes, type VatType } from '../fatture-in-cloud/document.ts';
import { condition } from '../fatture-in-cloud/filter.ts';
import type { Call } from './action.ts';

const Documents = z.object({ data: z.array(IssuedDocument).nullish() });
const Created = z.object({ data: IssuedDocument });

/** The company's VAT types. */
export async function listVatTypes(call: Call, companyId: number): Promise<VatType[]> {
  return (await call({ method: 'GET', path: `/c/${companyId}/info/vat_types`, schema: VatTypes })).data;
}

/** The oldest draft with this subject; null where there is none. */
export async function findDraft(
  call: Call,
  companyId: number,
  draft: Pick<Draft, 'subject' | 'entity'>,
): Promise<IssuedDocument | null> {
  const { data } = await call({
    method: 'GET',
    path: `/c/${companyId}/issued_documents`,
    query: { type: 'proforma', q: condition('entity.name', '=', draft.entity.name), per_page: '100' },
    schema: Documents,
  });
  const same = (data ?? []).filter(({ subject }) => subject === draft.subject);
  return same.toSorted((a, b) => a.id - b.id)[0] ?? null;
}

/**
 * Makes a draft, so that in the end there is exactly one of it: looks, creates, looks again, and takes back its own if an
 * older one is there by then (as `createClient` does, and for the same reason).
 */
export async function createDraft(
  call: Call,
  companyId: number,
  draft: Draft,
): Promise<{ document: IssuedDocument; created: boolean }> {
  const existing = await findDraft(call, companyId, draft);
  if (existing !== null) return { document: existing, created: false };
  const path = `/c/${companyId}/issued_documents` as const;
  const { data: made } = await call({ method: 'POST', path, body: { data: draft }, schema: Created });
  const oldest = await findDraft(call, companyId, draft).catch(() => null);
  if (oldest === null || oldest.id >= made.id) return { document: made, created: true };
  await call({ method: 'DELETE', path: `${path}/${made.id}`, schema: z.unknown() }).catch(() => undefined);
  return { document: oldest, created: true };
}
