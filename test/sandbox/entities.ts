import type { Hono } from 'hono';
import { z } from 'zod';
import { apiError, page, validationError, type ApiOptions, type Entry } from './entry.ts';
import { parseFilter } from './filter.ts';
import { bySort } from './sort.ts';
import type { EntityKind } from './state.ts';

const NewEntity = z.object({ data: z.looseObject({ name: z.string().min(1) }) });
const ChangedEntity = z.object({ data: z.looseObject({ name: z.string().min(1).optional() }) });

/** What lists of clients and suppliers may be filtered by, as the documentation's table has it. */
const filterable = new Set(
  [
    'id code name type vat_number tax_code country email certified_email phone fax notes e_invoice ei_code',
    'address_street address_postal_code address_city address_province address_extra created_at updated_at',
  ].flatMap((names) => names.split(' ')),
);

/** Mounts the company's clients, or its suppliers: the API has the same calls for both. */
export function mountEntities(app: Hono, { state }: ApiOptions, { enter }: Entry, kind: EntityKind): void {
  const path = `/c/:company/entities/${kind}`;
  const one = `/c/:company/entities/${kind}/:entity` as const;
  const place = (companyId: number, id: string): number =>
    state.entitiesOf(kind, companyId).findIndex((entity) => entity.id === Number(id));

  app.get(path, (c) => {
    const entered = enter(c, `entity.${kind}:r`);
    if (entered instanceof Response) return entered;
    const q = c.req.query('q');
    const filter = q === undefined || q === '' ? () => true : parseFilter(q, filterable);
    if (filter === null) return validationError(c, 'q', 'The q field is not valid.');
    const matching = state.entitiesOf(kind, entered.companyId).filter(filter);
    const sort = c.req.query('sort');
    if (sort !== undefined) matching.sort(bySort(sort));
    return c.json(page(c, matching, `entities/${kind}`), 200, entered.headers);
  });

  app.post(path, async (c) => {
    const entered = enter(c, `entity.${kind}:a`);
    if (entered instanceof Response) return entered;
    const sent: unknown = await c.req.json().catch(() => undefined);
    if (sent === undefined) {
      return apiError(c, 422, 'Invalid JSON data in request body.', { validation_result: null });
    }
    const body = NewEntity.safeParse(sent);
    if (!body.success) {
      const fields = new Set(body.error.issues.map(({ path }) => path.join('.') || 'data'));
      return apiError(c, 422, 'Invalid request.', {
        validation_result: Object.fromEntries(
          [...fields].map((name) => [name, [`The ${name} field is required.`]]),
        ),
      });
    }
    if (kind === 'clients' && state.clientsOf(entered.companyId).length >= state.limits.planClients) {
      return apiError(c, 403, 'Hai raggiunto il limite di clienti del tuo piano.');
    }
    return c.json({ data: state.addEntity(kind, entered.companyId, body.data.data) }, 200, entered.headers);
  });

  app.get(one, (c) => {
    const entered = enter(c, `entity.${kind}:r`);
    if (entered instanceof Response) return entered;
    const found = state.entitiesOf(kind, entered.companyId)[place(entered.companyId, c.req.param('entity'))];
    if (found === undefined) return apiError(c, 404, 'Risorsa non trovata.');
    return c.json({ data: found }, 200, entered.headers);
  });

  // What is not sent stays as it is.
  app.put(one, async (c) => {
    const entered = enter(c, `entity.${kind}:a`);
    if (entered instanceof Response) return entered;
    const list = state.entitiesOf(kind, entered.companyId);
    const at = place(entered.companyId, c.req.param('entity'));
    const before = list[at];
    if (before === undefined) return apiError(c, 404, 'Risorsa non trovata.');
    const body = ChangedEntity.safeParse(await c.req.json().catch(() => null));
    if (!body.success) return validationError(c, 'data', 'The data field is required.');
    const changed = { ...before, ...body.data.data, id: before.id, name: body.data.data.name ?? before.name };
    list[at] = changed;
    return c.json({ data: changed }, 200, entered.headers);
  });

  app.delete(one, (c) => {
    const entered = enter(c, `entity.${kind}:a`);
    if (entered instanceof Response) return entered;
    const at = place(entered.companyId, c.req.param('entity'));
    if (at < 0) return apiError(c, 404, 'Risorsa non trovata.');
    state.entitiesOf(kind, entered.companyId).splice(at, 1);
    return c.body(null, 200, entered.headers);
  });
}
