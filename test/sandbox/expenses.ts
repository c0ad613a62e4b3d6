import { randomBytes } from 'node:crypto';
import type { Hono } from 'hono';
import { z } from 'zod';
import { apiError, page, shown, validationError, type ApiOptions, type Entry } from './entry.ts';
import { parseFilter } from './filter.ts';
import { bySort } from './sort.ts';

const NewExpense = z.object({
  data: z.looseObject({
    type: z.literal('expense'),
    entity: z.looseObject({ id: z.int().nullish(), name: z.string().min(1) }),
    date: z.iso.date(),
    amount_net: z.number(),
    amount_vat: z.number(),
    payments_list: z.array(z.looseObject({ amount: z.number() })).optional(),
    attachment_token: z.string().nullish(),
  }),
});

const filterable = new Set([
  'id',
  'type',
  'date',
  'description',
  'entity.id',
  'entity.name',
  'invoice_number',
]);

const extensions = /\.(?:png|jpg|gif|pdf|zip|xls|xlsx|doc|docx)$/i;

/** Mounts the documents that suppliers sent. */
export function mountExpenses(app: Hono, { state }: ApiOptions, { enter }: Entry): void {
  const path = '/c/:company/received_documents';
  app.get(path, (c) => {
    const entered = enter(c, 'received_documents:r');
    if (entered instanceof Response) return entered;
    const q = c.req.query('q');
    const filter = q === undefined ? () => true : parseFilter(q, filterable);
    if (filter === null || c.req.query('type') === undefined) {
      return validationError(c, 'q', 'The q field is not valid.');
    }
    const own = state.expenses.filter(
      (one) =>
        one.companyId === entered.companyId &&
        one['type'] === c.req.query('type') &&
        filter({ ...one, 'entity.name': (one['entity'] as { name: string }).name }),
    );
    const sort = c.req.query('sort');
    if (sort !== undefined) own.sort(bySort(sort));
    return c.json(page(c, own.map(shown), 'received_documents'), 200, entered.headers);
  });

  app.post(`${path}/attachment`, async (c) => {
    const entered = enter(c, 'received_documents:a');
    if (entered instanceof Response) return entered;
    const form = await c.req.formData().catch(() => null);
    const file = form?.get('attachment');
    const name = form?.get('filename');
    if (!(file instanceof File) || typeof name !== 'string' || !extensions.test(name)) {
      return validationError(c, 'attachment', 'The attachment field is required.');
    }
    const token = randomBytes(16).toString('hex');
    state.attachments.set(token, { name, bytes: new Uint8Array(await file.arrayBuffer()) });
    return c.json({ data: { attachment_token: token } }, 200, entered.headers);
  });

  app.post(path, async (c) => {
    const entered = enter(c, 'received_documents:a');
    if (entered instanceof Response) return entered;
    const body = NewExpense.safeParse(await c.req.json().catch(() => null));
    if (!body.success) return validationError(c, 'data.entity', 'The data.entity field is required.');
    const { attachment_token, ...data } = body.data.data;
    const cents = (amount: number): number => Math.round(amount * 100);
    const gross = cents(data.amount_net) + cents(data.amount_vat);
    const paid = (data.payments_list ?? []).reduce((all, { amount }) => all + cents(amount), 0);
    if (paid !== gross) {
      return apiError(c, 422, 'I pagamenti non corrispondono al totale.', { validation_result: null });
    }
    const file = attachment_token == null ? undefined : state.attachments.get(attachment_token);
    if (attachment_token != null && file === undefined) {
      return validationError(c, 'data.attachment_token', 'The attachment_token field is not valid.');
    }
    const expense = {
      ...data,
      id: 8_001 + state.expenses.length,
      companyId: entered.companyId,
      amount_gross: gross / 100,
      ...(file === undefined ? {} : { attachment_url: `https://compute.example.it/allegati/${file.name}` }),
    };
    state.expenses.push(expense);
    return c.json({ data: shown(expense) }, 200, entered.headers);
  });

  app.delete(`${path}/:expense{[0-9]+}`, (c) => {
    const entered = enter(c, 'received_documents:a');
    if (entered instanceof Response) return entered;
    const at = state.expenses.findIndex(({ id }) => id === Number(c.req.param('expense')));
    if (at < 0) return apiError(c, 404, 'Risorsa non trovata.');
    state.expenses.splice(at, 1);
    return c.body(null, 200, entered.headers);
  });
}
