import type { Hono } from 'hono';
import { z } from 'zod';
import { apiError, type ApiOptions, type Entry } from './entry.ts';
import { parseFilter } from './filter.ts';
import { bySort } from './sort.ts';
import type { IssuedRecord } from './state.ts';

/** The same of issued documents. */
const documentFields = new Set(['type', 'entity.id', 'entity.name', 'date', 'number', 'amount_gross']);

const vatTypes = [
  { id: 0, value: 22, description: '' },
  { id: 3, value: 10, description: '' },
  { id: 66, value: 0, description: 'Esente art. 10' },
];

const NewDocument = z.object({
  data: z.object({
    type: z.enum(['proforma', 'quote', 'order']),
    entity: z.looseObject({ id: z.int().nullish(), name: z.string() }),
    date: z.string(),
    subject: z.string().nullish(),
    items_list: z.array(
      z.looseObject({
        name: z.string(),
        qty: z.number(),
        net_price: z.number().nullish(),
        gross_price: z.number().nullish(),
        vat: z.object({ id: z.int() }),
      }),
    ),
    use_gross_prices: z.boolean().nullish(),
    payments_list: z.array(z.looseObject({ amount: z.number(), due_date: z.string() })),
  }),
});

/** A document as the API shows it. */
function shownDocument(document: IssuedRecord): Omit<IssuedRecord, 'companyId'> {
  const { companyId: _, ...shown } = document;
  return shown;
}

/** Mounts the company's VAT types and issued documents. */
export function mountDocuments(app: Hono, { state }: ApiOptions, { enter }: Entry): void {
  app.get('/c/:company/info/vat_types', (c) => {
    const entered = enter(c, 'settings:r');
    if (entered instanceof Response) return entered;
    return c.json({ data: vatTypes.map((type) => ({ ...type, is_disabled: false })) }, 200, entered.headers);
  });

  const documents = '/c/:company/issued_documents';
  app.get(documents, (c) => {
    const entered = enter(c, `issued_documents.${c.req.query('type') ?? 'invoice'}s:r`);
    if (entered instanceof Response) return entered;
    const q = c.req.query('q');
    const filter = q === undefined ? () => true : parseFilter(q, documentFields);
    if (filter === null) {
      return apiError(c, 422, 'Invalid request.', {
        validation_result: { q: ['The q field is not valid.'] },
      });
    }
    const flat = (document: IssuedRecord) => ({ ...document, 'entity.name': document.entity.name });
    const data = state.documents.filter(
      (document) =>
        document.companyId === entered.companyId &&
        document.type === c.req.query('type') &&
        filter(flat(document)),
    );
    const sort = c.req.query('sort');
    if (sort !== undefined) data.sort((a, b) => bySort(sort)({ ...a }, { ...b }));
    return c.json(
      { current_page: 1, data: data.map(shownDocument), last_page: 1, per_page: 50, total: data.length },
      200,
      entered.headers,
    );
  });

  /** Sums in cents: the tax of each rate on the sum of its lines. */
  const totalsOf = (data: z.infer<typeof NewDocument>['data']) => {
    const cents = (amount: number): number => Math.round(amount * 100);
    const sums = new Map<number, number>();
    for (const { net_price, gross_price, qty, vat } of data.items_list) {
      const rate = vatTypes.find(({ id }) => id === vat.id)?.value ?? 0;
      const price = (data.use_gross_prices === true ? gross_price : net_price) ?? 0;
      sums.set(rate, (sums.get(rate) ?? 0) + cents(price * qty));
    }
    const parts = [...sums].map(([rate, sum]) =>
      data.use_gross_prices === true
        ? { net: Math.round((sum * 100) / (100 + rate)), gross: sum }
        : { net: sum, gross: sum + Math.round((sum * rate) / 100) },
    );
    const add = (key: 'net' | 'gross'): number => parts.reduce((all, part) => all + part[key], 0);
    const payments = data.payments_list.reduce((all, { amount }) => all + cents(amount), 0);
    return { net: add('net'), gross: add('gross'), payments };
  };

  app.post(`${documents}/totals`, async (c) => {
    const body = NewDocument.safeParse(await c.req.json().catch(() => null));
    if (!body.success) return apiError(c, 422, 'Invalid request.', { validation_result: { data: [''] } });
    const entered = enter(c, `issued_documents.${body.data.data.type}s:r`);
    if (entered instanceof Response) return entered;
    const { net, gross, payments } = totalsOf(body.data.data);
    const data = {
      amount_net: net / 100,
      amount_vat: (gross - net) / 100,
      amount_gross: gross / 100,
      amount_due: gross / 100,
      payments_sum: payments / 100,
    };
    return c.json({ data }, 200, entered.headers);
  });

  app.post(documents, async (c) => {
    const body = NewDocument.safeParse(await c.req.json().catch(() => null));
    if (!body.success) {
      const entered = enter(c, null);
      if (entered instanceof Response) return entered;
      return apiError(c, 422, 'Invalid request.', {
        validation_result: { data: ['The data field is required.'] },
      });
    }
    const { data } = body.data;
    const entered = enter(c, `issued_documents.${data.type}s:a`);
    if (entered instanceof Response) return entered;
    const { gross, payments } = totalsOf(data);
    if (payments !== gross) {
      return apiError(c, 422, 'I pagamenti non corrispondono al totale.', { validation_result: null });
    }
    const document = {
      ...data,
      id: 7_000 + state.documents.length + 1,
      number: state.documents.filter(({ type }) => type === data.type).length + 1,
      companyId: entered.companyId,
      url: `https://compute.example.it/doc/${7_000 + state.documents.length + 1}.pdf`,
      amount_gross: gross / 100,
    };
    state.documents.push(document);
    return c.json({ data: shownDocument(document) }, 200, entered.headers);
  });

  app.delete(`${documents}/:document`, (c) => {
    const at = state.documents.findIndex(({ id }) => id === Number(c.req.param('document')));
    const entered = enter(c, `issued_documents.${state.documents[at]?.type ?? 'invoice'}s:a`);
    if (entered instanceof Response) return entered;
    if (at < 0) return apiError(c, 404, 'Risorsa non trovata.');
    state.documents.splice(at, 1);
    return c.body(null, 200, entered.headers);
  });
}
