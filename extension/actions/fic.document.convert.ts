import { z } from 'zod';
import type { DocumentType } from '../../shared/view/fatture-in-cloud.ts';
import { convertedSubject } from '../bridge/subject.ts';
import { IssuedDocument, numberOf } from '../fatture-in-cloud/document.ts';
import type { Call } from './action.ts';
import { foundDocument, makeOnlyOne, type CreatedDocument } from './document.ts';
import { readInvoiceDefaults } from './fic.invoice.create.ts';

const Original = z.object({
  data: IssuedDocument.extend({
    type: z.string(),
    date: z.string().nullish(),
    entity: z.looseObject({ id: z.int().nullish(), name: z.string() }),
  }),
});

/** What we may take over of a transformed document: everything that is the user's to say. */
const Transformed = z.object({
  data: z.looseObject({
    entity: z.looseObject({ id: z.int(), name: z.string() }),
    items_list: z.array(z.looseObject({})).min(1),
    payments_list: z.array(z.looseObject({})).nullish(),
    e_invoice: z.boolean().nullish(),
    ei_data: z.looseObject({ payment_method: z.string().nullish() }).nullish(),
  }),
  options: z.looseObject({ create_from: z.array(z.union([z.string(), z.int()])) }),
});

/** What the provider says itself of every document; a new one gets its own. */
const ownWords =
  /^(?:id|number|year|date|url|.*_url|ei_status|locked|seen_date|next_due_date|created_at|updated_at|merged_in|original_document|is_marked|permanent_token|agyo_.*|amount_(?:net|vat|gross|due|rivalsa|cassa|cassa2|withholding_tax|other_withholding_tax)|has_.*)$/;

const without = (record: Record<string, unknown>, names: RegExp): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !names.test(name)));

/** What a document is to become. */
export interface Conversion {
  documentId: number;
  to: DocumentType;
  /** `YYYY-MM-DD` */
  day: string;
}

/** How the new document will be found again: what the original was about, or else which one it was. */
async function readOriginal(call: Call, companyId: number, { documentId, to }: Conversion) {
  const path = `/c/${companyId}/issued_documents/${documentId}` as const;
  const { data } = await call({ method: 'GET', path, schema: Original });
  const subject = convertedSubject({
    id: documentId,
    type: data.type,
    number: numberOf(data),
    subject: data.subject ?? '',
  });
  return { type: to, subject, entity: { id: data.entity.id ?? 0, name: data.entity.name } };
}

/** The document that this one has become already; null where it has not. */
export async function findConverted(
  call: Call,
  companyId: number,
  conversion: Conversion,
): Promise<CreatedDocument | null> {
  return foundDocument(call, companyId, await readOriginal(call, companyId, conversion));
}

/**
 * Makes another document of this one as Fatture in Cloud itself transforms it, exactly once. The original stays.
 *
 * Lines, sums and taxes are the provider's; the date is today, the number the next one. An invoice is electronic, and not
 * sent.
 */
export async function convertDocument(
  call: Call,
  companyId: number,
  conversion: Conversion,
): Promise<CreatedDocument> {
  const { documentId, to, day } = conversion;
  const target = await readOriginal(call, companyId, conversion);
  const { data, options } = await call({
    method: 'GET',
    path: `/c/${companyId}/issued_documents/transform`,
    query: {
      original_document_id: String(documentId),
      new_type: to,
      ...(to === 'invoice' ? { e_invoice: '1' } : {}),
      transform_keep_copy: '1',
    },
    schema: Transformed,
  });
  const isInvoice = to === 'invoice';
  const ownMethod = data.ei_data?.payment_method ?? '';
  // The company's usual way to be paid, where the document itself does not say.
  const payment_method =
    isInvoice && ownMethod === ''
      ? (await readInvoiceDefaults(call, companyId, day.slice(0, 4))).paymentMethod
      : ownMethod;
  const draft = {
    ...without(data, ownWords),
    ...target,
    // Ours names and finds it; the provider's copy of the client is the whole one.
    entity: data.entity,
    date: day,
    items_list: data.items_list.map((item) => without(item, /^id$/)),
    payments_list: (data.payments_list ?? []).map((payment) => without(payment, /^id$/)),
    ...(isInvoice
      ? {
          e_invoice: true,
          ei_data: { ...data.ei_data, payment_method },
        }
      : {}),
  };
  return makeOnlyOne(call, companyId, target, {
    data: draft,
    options: {
      fix_payments: true,
      create_from: options.create_from.map(String),
      transform: true,
      keep_copy: true,
    },
  });
}
