import type { Hono } from 'hono';
import { z } from 'zod';
import { apiError, type ApiOptions, type Entry } from './entry.ts';
import { parseFilter } from './filter.ts';
import { bySort } from './sort.ts';

const NewClient = z.object({ data: z.looseObject({ name: z.string().min(1) }) });

/** What lists of clients may be filtered by, as the documentation's table has it. */
const filterable = new Set(
  [
    'id code name type vat_number tax_code country email certified_email phone fax notes e_invoice ei_code',
    'address_street address_postal_code address_city address_province address_extra created_at updated_at',
  ].flatMap((names) => names.split(' ')),
);

/** Mounts the company's clients. */
export function mountClients(app: Hono, { state }: ApiOptions, { enter }: Entry): void {
  const path = '/c/:company/entities/clients';
  app.get(path, (c) => {
    const entered = enter(c, 'entity.clients:r');
    if (entered instanceof Response) return entered;
    const q = c.req.query('q');
    const filter = q === undefined || q === '' ? () => true : parseFilter(q, filterable);
    if (filter === null) {
      return apiError(c, 422, 'Invalid request.', {
        validation_result: { q: ['The q field is not valid.'] },
      });
    }
    const perPage = Math.min(Math.max(Number(c.req.query('per_page') ?? 50) || 50, 1), 100);
    const page = Math.max(Number(c.req.query('page') ?? 1) || 1, 1);
    const matching = state.clientsOf(entered.companyId).filter(filter);
    const sort = c.req.query('sort');
    if (sort !== undefined) matching.sort(bySort(sort));
    const from = (page - 1) * perPage;
    const data = matching.slice(from, from + perPage);
    const last = Math.max(Math.ceil(matching.length / perPage), 1);
    return c.json(
      {
        current_page: page,
        data,
        first_page_url: 'page=1',
        from: data.length === 0 ? null : from + 1,
        last_page: last,
        last_page_url: `page=${last}`,
        next_page_url: page < last ? `page=${page + 1}` : null,
        path: 'entities/clients',
        per_page: perPage,
        prev_page_url: page > 1 ? `page=${page - 1}` : null,
        to: data.length === 0 ? null : from + data.length,
        total: matching.length,
      },
      200,
      entered.headers,
    );
  });

  app.post(path, async (c) => {
    const entered = enter(c, 'entity.clients:a');
    if (entered instanceof Response) return entered;
    const sent: unknown = await c.req.json().catch(() => undefined);
    if (sent === undefined) {
      return apiError(c, 422, 'Invalid JSON data in request body.', { validation_result: null });
    }
    const body = NewClient.safeParse(sent);
    if (!body.success) {
      const fields = new Set(body.error.issues.map(({ path }) => path.join('.') || 'data'));
      return apiError(c, 422, 'Invalid request.', {
        validation_result: Object.fromEntries(
          [...fields].map((name) => [name, [`The ${name} field is required.`]]),
        ),
      });
    }
    if (state.clientsOf(entered.companyId).length >= state.limits.planClients) {
      return apiError(c, 403, 'Hai raggiunto il limite di clienti del tuo piano.');
    }
    return c.json({ data: state.addClient(entered.companyId, body.data.data) }, 200, entered.headers);
  });

  app.get(`${path}/:client`, (c) => {
    const entered = enter(c, 'entity.clients:r');
    if (entered instanceof Response) return entered;
    const found = state.clientsOf(entered.companyId).find(({ id }) => id === Number(c.req.param('client')));
    if (found === undefined) return apiError(c, 404, 'Risorsa non trovata.');
    return c.json({ data: found }, 200, entered.headers);
  });

  app.delete(`${path}/:client`, (c) => {
    const entered = enter(c, 'entity.clients:a');
    if (entered instanceof Response) return entered;
    const isRemoved = state.removeClient(entered.companyId, Number(c.req.param('client')));
    if (!isRemoved) return apiError(c, 404, 'Risorsa non trovata.');
    return c.body(null, 200, entered.headers);
  });
}
