import { z } from 'zod';
import { DocumentType, EiStatus } from '../../shared/view/fatture-in-cloud.ts';
import { numberOf } from '../fatture-in-cloud/document.ts';
import { condition } from '../fatture-in-cloud/filter.ts';
import type { Call } from './action.ts';

/** How many documents of each kind are shown: the newest. */
const shownMax = 5;

const Documents = z.object({
  data: z
    .array(
      z.object({
        id: z.int(),
        number: z.number().nullish(),
        numeration: z.string().nullish(),
        date: z.string().nullish(),
        subject: z.string().nullish(),
        amount_gross: z.number().nullish(),
        entity: z.object({ id: z.int().nullish() }).nullish(),
        e_invoice: z.boolean().nullish(),
        ei_status: EiStatus.nullish().catch(null),
      }),
    )
    .nullish(),
});

/** A document in a list; the sum in cents. */
export interface ListedDocument {
  id: number;
  type: DocumentType;
  number: string;
  /** `YYYY-MM-DD`, or empty. */
  date: string;
  gross: number;
  isEInvoice: boolean;
  eiStatus: EiStatus | null;
}

/** What a client was sent last, of every kind: the API has no list of them all. */
export async function findDocuments(
  call: Call,
  companyId: number,
  client: { id: number; name: string },
): Promise<ListedDocument[]> {
  const lists = await Promise.all(
    DocumentType.options.map(async (type) => {
      const { data } = await call({
        method: 'GET',
        path: `/c/${companyId}/issued_documents`,
        query: { type, q: condition('entity.name', '=', client.name), sort: '-date', per_page: '50' },
        schema: Documents,
      });
      return (data ?? [])
        .filter(({ entity }) => entity?.id === client.id)
        .slice(0, shownMax)
        .map((document) => ({
          id: document.id,
          type,
          number: numberOf(document),
          date: document.date ?? '',
          gross: Math.round((document.amount_gross ?? 0) * 100),
          isEInvoice: document.e_invoice === true,
          eiStatus: document.ei_status ?? null,
        }));
    }),
  );
  return lists.flat().toSorted((a, b) => b.date.localeCompare(a.date) || b.id - a.id);
}
