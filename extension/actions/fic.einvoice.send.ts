import { z } from 'zod';
import { EiStatus, type EInvoiceCheck } from '../../shared/view/fatture-in-cloud.ts';
import type { Call } from './action.ts';

const Document = z.object({
  data: z.object({
    number: z.number().nullish(),
    e_invoice: z.boolean().nullish(),
    ei_status: EiStatus.nullish().catch(null),
  }),
});

/** `data` where all is well; `error` with a sentence for everything that is wrong. */
const Verdict = z.object({
  data: z.object({ success: z.boolean().nullish() }).nullish(),
  error: z
    .object({
      message: z.string().nullish(),
      validation_result: z
        .object({ xml_errors: z.array(z.string()).nullish() })
        .nullish()
        .catch(null),
    })
    .nullish(),
});

const Reason = z.object({
  data: z.object({ reason: z.string().nullish(), solution: z.string().nullish() }).nullish(),
});

/** What may be sent: it was not yet, or the exchange has thrown it out. */
const sendable: ReadonlySet<EiStatus | null> = new Set<EiStatus | null>([
  null,
  'not_sent',
  'missing',
  'error',
  'discarded',
  'rejected',
]);

/** Statuses of which the provider can say why. */
const explained: ReadonlySet<EiStatus | null> = new Set<EiStatus | null>(['error', 'discarded', 'rejected']);

/** Most sentences that are shown, and their greatest length. */
const most = { sentences: 20, characters: 300 };

/** How an electronic invoice stands, and what would be wrong with it; nothing is sent. */
export async function checkEInvoice(
  call: Call,
  companyId: number,
  documentId: number,
): Promise<EInvoiceCheck> {
  const path = `/c/${companyId}/issued_documents/${documentId}` as const;
  const { data } = await call({ method: 'GET', path, schema: Document });
  const status = data.ei_status ?? null;
  const base = { number: String(data.number ?? documentId), status, errors: [], reason: null };
  if (data.e_invoice !== true || !sendable.has(status)) return { ...base, canSend: false };
  const verdict = await call({
    method: 'GET',
    path: `${path}/e_invoice/xml_verify`,
    alsoReads: 422,
    schema: Verdict,
  });
  const isGood = verdict.data?.success === true;
  const errors = verdict.error?.validation_result?.xml_errors ?? [verdict.error?.message ?? '?'];
  const reason = explained.has(status)
    ? await call({ method: 'GET', path: `${path}/e_invoice/error_reason`, schema: Reason }).catch(() => null)
    : null;
  const words = [reason?.data?.reason, reason?.data?.solution].filter((part) => part != null && part !== '');
  return {
    ...base,
    canSend: isGood,
    errors: isGood ? [] : errors.slice(0, most.sentences).map((line) => line.slice(0, most.characters)),
    reason: words.length === 0 ? null : words.join(' ').slice(0, 2 * most.characters),
  };
}

/** Whether an invoice has been sent and is not thrown out; null where it has not. */
export async function readSent(call: Call, companyId: number, documentId: number): Promise<EiStatus | null> {
  const path = `/c/${companyId}/issued_documents/${documentId}` as const;
  const status = (await call({ method: 'GET', path, schema: Document })).data.ei_status ?? null;
  return sendable.has(status) ? null : status;
}

/** Sends an invoice to the exchange. There is no way back but a credit note. */
export async function sendEInvoice(call: Call, companyId: number, documentId: number): Promise<void> {
  await call({
    method: 'POST',
    path: `/c/${companyId}/issued_documents/${documentId}/e_invoice/send`,
    body: { data: {}, options: { dry_run: false } },
    schema: z.unknown(),
  });
}
