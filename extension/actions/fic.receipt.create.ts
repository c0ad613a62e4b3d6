import { z } from 'zod';
import { VatTypes, type VatType } from '../fatture-in-cloud/document.ts';
import { condition } from '../fatture-in-cloud/filter.ts';
import type { Call } from './action.ts';
import { listAll } from './list.ts';

const Info = z.object({
  data: z.object({
    payment_accounts_list: z
      .array(z.object({ id: z.int(), name: z.string().nullish() }))
      .nullish()
      .catch([]),
    vat_types_list: VatTypes.shape.data,
  }),
});

const Receipt = z.object({
  id: z.int(),
  number: z.number().nullish(),
  type: z.string().nullish(),
  date: z.string().nullish(),
  description: z.string().nullish(),
  amount_gross: z.number().nullish(),
});
const Created = z.object({ data: Receipt });

/** What a receipt can be booked with. */
export interface ReceiptChoices {
  vatTypes: VatType[];
  accounts: Array<{ id: number; name: string }>;
}

/** Takings of a day as they are recorded; the sum in cents, VAT in it. */
export interface NewReceipt {
  /** `YYYY-MM-DD` */
  date: string;
  type: 'till_receipt' | 'sales_receipt';
  gross: number;
  vat: VatType;
  account: { id: number; name: string };
  description: string;
}

/** The company's VAT types and the accounts that money comes to. */
export async function readReceiptChoices(call: Call, companyId: number): Promise<ReceiptChoices> {
  const { data } = await call({ method: 'GET', path: `/c/${companyId}/receipts/info`, schema: Info });
  return {
    vatTypes: data.vat_types_list,
    accounts: (data.payment_accounts_list ?? []).map(({ id, name }) => ({ id, name: name ?? String(id) })),
  };
}

/** Receipts that say the same: day, kind, sum and description; the oldest first. */
export async function sameReceipts(
  call: Call,
  companyId: number,
  { date, type, gross, description }: NewReceipt,
): Promise<string[]> {
  const query = { q: condition('date', '=', date), sort: 'created_at' };
  const receipts = await listAll(call, `/c/${companyId}/receipts`, query, Receipt);
  return receipts
    .filter(
      (one) =>
        one.type === type &&
        Math.round((one.amount_gross ?? 0) * 100) === gross &&
        (one.description ?? '') === description,
    )
    .toSorted((a, b) => a.id - b.id)
    .map(({ id, number }) => String(number ?? id));
}

/** Records takings; its number. */
export async function createReceipt(call: Call, companyId: number, receipt: NewReceipt): Promise<string> {
  const { date, type, gross, vat, account, description } = receipt;
  const net = Math.round((gross * 100) / (100 + vat.value));
  const { data } = await call({
    method: 'POST',
    path: `/c/${companyId}/receipts`,
    body: {
      data: {
        date,
        type,
        description,
        use_gross_prices: true,
        payment_account: account,
        items_list: [{ amount_net: net / 100, amount_gross: gross / 100, vat: { id: vat.id } }],
      },
      autocomplete_number: true,
    },
    schema: Created,
  });
  return String(data.number ?? data.id);
}
