import type { Hono } from 'hono';
import { z } from 'zod';
import { apiError, page, validationError, type ApiOptions, type Entry } from './entry.ts';
import { parseFilter } from './filter.ts';
import { bySort } from './sort.ts';
import type { IssuedRecord, SandboxState } from './state.ts';

/** The same of issued documents. */
const documentFields = new Set(['type', 'entity.id', 'entity.name', 'date', 'number', 'amount_gross']);

/** The company's VAT types. */
export const vatTypes = [
  { id: 0, value: 22, description: '' },
  { id: 3, value: 10, description: '' },
  { id: 66, value: 0, description: 'Esente art. 10' },
];

const Type = z.enum(['proforma', 'quote', 'order', 'delivery_note', 'invoice']);

/** What one kind can become, as the provider's own pages offer it. */
const becomes: Readonly<Record<string, ReadonlyArray<z.infer<typeof Type>>>> = {
  quote: ['order', 'proforma', 'delivery_note', 'invoice'],
  order: ['delivery_note', 'invoice'],
  proforma: ['invoice'],
  delivery_note: ['invoice'],
};

const NewDocument = z.object({
  data: z.object({
    type: Type,
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
    payments_list: z.array(
      z.looseObject({ amount: z.number(), due_date: z.string(), status: z.string().optional() }),
    ),
    numeration: z.string().nullish(),
    e_invoice: z.boolean().nullish(),
    ei_data: z.object({ payment_method: z.string().nullish() }).nullish(),
  }),
  options: z
    .object({
      fix_payments: z.boolean().optional(),
      create_from: z.array(z.string()).optional(),
      transform: z.boolean().optional(),
      keep_copy: z.boolean().optional(),
    })
    .optional(),
});

/** A document by the number in the path. */
export const documentOf = (state: SandboxState, companyId: number, id: string): IssuedRecord | undefined =>
  state.documents.find((document) => document.companyId === companyId && document.id === Number(id));

/** A document as the API shows it. */
function shownDocument(document: IssuedRecord): Omit<IssuedRecord, 'companyId'> {
  const { companyId: _, ...shown } = document;
  return shown;
}

/** Mounts the company's VAT types and issued documents. */
export function mountDocuments(app: Hono, { state, now }: ApiOptions, { enter }: Entry): void {
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
    if (filter === null) return validationError(c, 'q', 'The q field is not valid.');
    const flat = (document: IssuedRecord) => ({ ...document, 'entity.name': document.entity.name });
    const data = state.documents.filter(
      (document) =>
        document.companyId === entered.companyId &&
        document.type === c.req.query('type') &&
        filter(flat(document)),
    );
    const sort = c.req.query('sort');
    if (sort !== undefined) data.sort((a, b) => bySort(sort)({ ...a }, { ...b }));
    return c.json(page(c, data.map(shownDocument), 'issued_documents'), 200, entered.headers);
  });

  app.get(`${documents}/info`, (c) => {
    const entered = enter(c, `issued_documents.${c.req.query('type') ?? 'invoice'}s:r`);
    if (entered instanceof Response) return entered;
    const year = new Date(now()).getFullYear();
    const data = {
      numerations: { [year - 1]: { '': 41 }, [year]: { '': 3, WEB: 12 } },
      default_values: {
        use_gross_prices: false,
        payment_method: { id: 386, name: 'Ricevuta bancaria', ei_payment_method: 'MP12' },
      },
      vat_types_list: vatTypes,
    };
    return c.json({ data }, 200, entered.headers);
  });

  app.get(`${documents}/transform`, (c) => {
    const id = c.req.query('original_document_id') ?? '';
    const to = Type.safeParse(c.req.query('new_type')).data;
    const entered = enter(c, to === undefined ? null : `issued_documents.${to}s:a`);
    if (entered instanceof Response) return entered;
    const original = documentOf(state, entered.companyId, id);
    if (original === undefined) return apiError(c, 404, 'Risorsa non trovata.');
    if (to === undefined || becomes[original.type]?.includes(to) !== true) {
      return validationError(c, 'new_type', 'The new_type field is not valid.');
    }
    const { id: _, number: __, ...draft } = shownDocument(original);
    const day = new Date(now()).toISOString().slice(0, 10);
    const data = { ...draft, type: to, date: day, number: 1, year: Number(day.slice(0, 4)), numeration: '' };
    const options = {
      create_from: [id],
      transform: true,
      keep_copy: c.req.query('transform_keep_copy') === '1',
    };
    return c.json({ data, options }, 200, entered.headers);
  });

  app.get(`${documents}/:document{[0-9]+}`, (c) => {
    const id = c.req.param('document');
    const type = state.documents.find((document) => document.id === Number(id))?.type ?? 'invoice';
    const entered = enter(c, `issued_documents.${type}s:r`);
    if (entered instanceof Response) return entered;
    const found = documentOf(state, entered.companyId, id);
    if (found === undefined) return apiError(c, 404, 'Risorsa non trovata.');
    return c.json({ data: shownDocument(found) }, 200, entered.headers);
  });

  let nextId = 7_000;

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
    const { data, options } = body.data;
    const entered = enter(c, `issued_documents.${data.type}s:a`);
    if (entered instanceof Response) return entered;
    const { gross, payments } = totalsOf(data);
    if (payments !== gross && options?.fix_payments !== true) {
      return apiError(c, 422, 'I pagamenti non corrispondono al totale.', { validation_result: null });
    }
    if (data.e_invoice === true && (data.ei_data?.payment_method ?? '') === '') {
      return validationError(c, 'data.ei_data.payment_method', 'The payment_method field is required.');
    }
    if (options?.transform === true && options.keep_copy !== true) {
      const made = options.create_from?.map(Number) ?? [];
      state.documents = state.documents.filter(({ id }) => !made.includes(id));
    }
    nextId += 1;
    const document = {
      ...data,
      ...(data.e_invoice === true ? { ei_status: 'not_sent' } : {}),
      id: nextId,
      number: state.documents.filter(({ type }) => type === data.type).length + 1,
      companyId: entered.companyId,
      url: `https://compute.example.it/doc/${nextId}.pdf`,
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
