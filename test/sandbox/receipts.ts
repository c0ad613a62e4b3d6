import type { Hono } from 'hono';
import { z } from 'zod';
import { vatTypes } from './documents.ts';
import { page, shown, validationError, type ApiOptions, type Entry } from './entry.ts';
import { parseFilter } from './filter.ts';

const accounts = [
  { id: 222, name: 'Cassa' },
  { id: 333, name: 'Carta' },
];

const NewReceipt = z.object({
  data: z.looseObject({
    date: z.iso.date(),
    type: z.enum(['till_receipt', 'sales_receipt']),
    description: z.string().nullish(),
    payment_account: z.looseObject({ id: z.int() }),
    items_list: z
      .array(
        z.looseObject({
          amount_net: z.number(),
          amount_gross: z.number(),
          vat: z.looseObject({ id: z.int() }),
        }),
      )
      .min(1),
  }),
});

/** Mounts the day's takings (corrispettivi). */
export function mountReceipts(app: Hono, { state }: ApiOptions, { enter }: Entry): void {
  const path = '/c/:company/receipts';
  app.get(`${path}/info`, (c) => {
    const entered = enter(c, 'receipts:r');
    if (entered instanceof Response) return entered;
    const data = {
      payment_accounts_list: accounts,
      vat_types_list: vatTypes,
    };
    return c.json({ data }, 200, entered.headers);
  });

  app.get(path, (c) => {
    const entered = enter(c, 'receipts:r');
    if (entered instanceof Response) return entered;
    const q = c.req.query('q');
    const filter = q === undefined ? () => true : parseFilter(q, new Set(['date', 'type', 'description']));
    if (filter === null) return validationError(c, 'q', 'The q field is not valid.');
    const own = state.receipts.filter((one) => one.companyId === entered.companyId && filter(one));
    return c.json(page(c, own.map(shown), 'receipts'), 200, entered.headers);
  });

  app.post(path, async (c) => {
    const entered = enter(c, 'receipts:a');
    if (entered instanceof Response) return entered;
    const body = NewReceipt.safeParse(await c.req.json().catch(() => null));
    if (!body.success) return validationError(c, 'data.items_list', 'The data.items_list field is required.');
    const { data } = body.data;
    const sum = (key: 'amount_net' | 'amount_gross'): number =>
      data.items_list.reduce((all, item) => all + Math.round(item[key] * 100), 0);
    const receipt = {
      ...data,
      id: 6_001 + state.receipts.length,
      number: state.receipts.length + 1,
      companyId: entered.companyId,
      amount_net: sum('amount_net') / 100,
      amount_vat: (sum('amount_gross') - sum('amount_net')) / 100,
      amount_gross: sum('amount_gross') / 100,
    };
    state.receipts.push(receipt);
    return c.json({ data: shown(receipt) }, 200, entered.headers);
  });
}
