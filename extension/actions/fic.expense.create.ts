import { z } from 'zod';
import { condition } from '../fatture-in-cloud/filter.ts';
import type { Call } from './action.ts';
import { listAll } from './list.ts';

const Expense = z.object({
  id: z.int(),
  invoice_number: z.string().nullish(),
  date: z.string().nullish(),
  amount_gross: z.number().nullish(),
  entity: z.object({ name: z.string().nullish() }).nullish(),
});
const Created = z.object({ data: Expense });
const Uploaded = z.object({ data: z.object({ attachment_token: z.string().min(1) }) });

/** A document that a supplier sent; sums in cents. */
export interface NewExpense {
  supplier: string;
  /** The supplier's own number of it. */
  number: string;
  /** `YYYY-MM-DD` */
  date: string;
  net: number;
  tax: number;
  description: string;
}

/** A file beside a document. */
export interface Attachment {
  name: string;
  file: Blob;
}

/** Ids of the documents of this supplier with this number and sum, the oldest first. */
export async function sameExpenses(
  call: Call,
  companyId: number,
  { supplier, number, net, tax }: NewExpense,
): Promise<number[]> {
  const query = { type: 'expense', q: condition('entity.name', '=', supplier), sort: 'id' };
  const expenses = await listAll(call, `/c/${companyId}/received_documents`, query, Expense);
  return expenses
    .filter(
      (one) =>
        (one.invoice_number ?? '') === number && Math.round((one.amount_gross ?? 0) * 100) === net + tax,
    )
    .map(({ id }) => id)
    .toSorted((a, b) => a - b);
}

/**
 * Registers a document of a supplier, with its file, so that there is exactly one of it.
 *
 * The file goes first: if the document then cannot be made, a file that nothing names is left, and no document is without
 * its file.
 */
export async function createExpense(
  call: Call,
  companyId: number,
  expense: NewExpense,
  attachment: Attachment | null,
): Promise<void> {
  const path = `/c/${companyId}/received_documents` as const;
  const token = attachment === null ? null : await upload(call, `${path}/attachment`, attachment);
  const { supplier, number, date, net, tax, description } = expense;
  const { data: made } = await call({
    method: 'POST',
    path,
    body: {
      data: {
        type: 'expense',
        entity: { name: supplier },
        date,
        invoice_number: number,
        description,
        amount_net: net / 100,
        amount_vat: tax / 100,
        payments_list: [{ amount: (net + tax) / 100, due_date: date, status: 'not_paid' }],
        ...(token === null ? {} : { attachment_token: token }),
      },
    },
    schema: Created,
  });
  const [oldest] = await sameExpenses(call, companyId, expense).catch(() => []);
  if (oldest === undefined || oldest >= made.id) return;
  await call({ method: 'DELETE', path: `${path}/${made.id}`, schema: z.unknown() }).catch(() => undefined);
}

async function upload(call: Call, path: `/${string}`, { name, file }: Attachment): Promise<string> {
  const form = new FormData();
  form.set('filename', name);
  form.set('attachment', file, name);
  return (await call({ method: 'POST', path, form, schema: Uploaded })).data.attachment_token;
}
