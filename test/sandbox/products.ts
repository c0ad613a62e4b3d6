import type { Hono } from 'hono';
import { page, shown, validationError, type ApiOptions, type Entry } from './entry.ts';
import { parseFilter } from './filter.ts';

/** Mounts the company's products. */
export function mountProducts(app: Hono, { state }: ApiOptions, { enter }: Entry): void {
  app.get('/c/:company/products', (c) => {
    const entered = enter(c, 'products:r');
    if (entered instanceof Response) return entered;
    const q = c.req.query('q');
    const filter = q === undefined ? () => true : parseFilter(q, new Set(['name', 'code', 'description']));
    if (filter === null) return validationError(c, 'q', 'The q field is not valid.');
    const own = state.products.filter((one) => one.companyId === entered.companyId && filter(one));
    return c.json(page(c, own.map(shown), 'products'), 200, entered.headers);
  });
}
