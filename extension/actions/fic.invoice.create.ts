import { z } from 'zod';
import type { Draft } from '../bridge/document.ts';
import type { Call } from './action.ts';
import { createDocument, type CreatedDocument } from './document.ts';

const Info = z.object({
  data: z.object({
    numerations: z.record(z.string(), z.record(z.string(), z.unknown())).nullish().catch(null),
    default_values: z
      .object({
        payment_method: z.object({ ei_payment_method: z.string().nullish() }).nullish().catch(null),
      })
      .nullish()
      .catch(null),
  }),
});

/** What a company's invoices begin with. */
export interface InvoiceDefaults {
  /** The series of numbers that were used this year; the one without a name is the empty text. */
  numerations: string[];
  /** How it is paid, by the exchange's code (`MP05` is a bank transfer). */
  paymentMethod: string;
}

/** A bank transfer: what is said where the company has no method of its own with a code. */
const bankTransfer = 'MP05';

/** The company's series of numbers and its usual way to be paid. */
export async function readInvoiceDefaults(
  call: Call,
  companyId: number,
  year: string,
): Promise<InvoiceDefaults> {
  const { data } = await call({
    method: 'GET',
    path: `/c/${companyId}/issued_documents/info`,
    query: { type: 'invoice' },
    schema: Info,
  });
  const code = data.default_values?.payment_method?.ei_payment_method ?? '';
  return {
    numerations: Object.keys(data.numerations?.[year] ?? {}).toSorted(),
    paymentMethod: /^MP\d\d$/.test(code) ? code : bankTransfer,
  };
}

/** Makes an electronic invoice that is not sent to the exchange, exactly once. */
export const createInvoice = (
  call: Call,
  companyId: number,
  draft: Omit<Draft, 'type'>,
  { numeration, paymentMethod }: { numeration: string; paymentMethod: string },
): Promise<CreatedDocument> =>
  createDocument(call, companyId, {
    ...draft,
    type: 'invoice',
    ...(numeration === '' ? {} : { numeration }),
    e_invoice: true,
    ei_data: { payment_method: paymentMethod },
  });
