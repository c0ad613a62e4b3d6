import { randomBytes, randomUUID } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { pairOf } from './oauth.ts';
import type { KeptAnswer, Record_, StoraPair, StoraState } from './state.ts';

interface ApiOptions {
  state: StoraState;
  now(): number;
}

interface Resource {
  /** Below the version; also the key of its records. */
  path: string;
  one: string;
  many: string;
  scope: string;
  prefix: string;
  /** What can be done beside listing. */
  can: string;
  /** Members that a new record must have. */
  required?: readonly string[];
}

const version = '/2025-09';

const resources: readonly Resource[] = [
  {
    path: 'contacts',
    one: 'contact',
    many: 'contacts',
    scope: 'contact',
    prefix: 'con',
    can: 'show create update',
    required: ['email'],
  },
  { path: 'deals/stages', one: 'stage', many: 'stages', scope: 'deal_stage', prefix: 'dstg', can: 'show' },
  {
    path: 'deals',
    one: 'deal',
    many: 'deals',
    scope: 'deal',
    prefix: 'deal',
    can: 'show create update',
    required: ['name', 'contact'],
  },
  {
    path: 'notes',
    one: 'note',
    many: 'notes',
    scope: 'note',
    prefix: 'note',
    can: 'create update',
    required: ['content', 'resource'],
  },
  {
    path: 'tasks',
    one: 'task',
    many: 'tasks',
    scope: 'task',
    prefix: 'task',
    can: 'create update',
    required: ['title'],
  },
  { path: 'tenancies', one: 'tenancy', many: 'tenancies', scope: 'tenancy', prefix: 'ten', can: 'show' },
  {
    path: 'unit_allocations',
    one: 'unit_allocation',
    many: 'unit_allocations',
    scope: 'unit_allocation',
    prefix: 'alloc',
    can: 'show',
  },
  {
    path: 'unit_types',
    one: 'unit_type',
    many: 'unit_types',
    scope: 'unit_type',
    prefix: 'utype',
    can: 'show',
  },
  { path: 'units', one: 'unit', many: 'units', scope: 'unit', prefix: 'unit', can: 'show' },
  { path: 'sites', one: 'site', many: 'sites', scope: 'site', prefix: 'site', can: 'show' },
  {
    path: 'subscriptions',
    one: 'subscription',
    many: 'subscriptions',
    scope: 'subscription',
    prefix: 'sub',
    can: 'show',
  },
  { path: 'invoices', one: 'invoice', many: 'invoices', scope: 'invoice', prefix: 'inv', can: '' },
  { path: 'orders', one: 'order', many: 'orders', scope: 'order', prefix: 'order', can: 'show' },
  { path: 'products', one: 'product', many: 'products', scope: 'product', prefix: 'prod', can: 'show' },
  {
    path: 'webhook_endpoints',
    one: 'endpoint',
    many: 'endpoints',
    scope: 'webhook_endpoint',
    prefix: 'we',
    can: 'show create update',
    required: ['name', 'api_version', 'url', 'event_types'],
  },
  {
    path: 'timeline/sources',
    one: 'source',
    many: 'sources',
    scope: 'timeline_source',
    prefix: 'tsrc',
    can: '',
  },
  {
    path: 'timeline/templates',
    one: 'template',
    many: 'templates',
    scope: 'timeline_template',
    prefix: 'aetpl',
    can: 'show',
  },
  {
    path: 'timeline/events',
    one: 'event',
    many: 'events',
    scope: 'timeline_event',
    prefix: 'aevt',
    can: 'create update unlisted',
    required: ['source', 'template'],
  },
];

/** Where a related object of each kind is found, and the scope that seeing it needs. */
const related: Readonly<Record<string, [path: string, scope: string]>> = {
  contact: ['contacts', 'contact'],
  site: ['sites', 'site'],
  unit: ['units', 'unit'],
  unit_type: ['unit_types', 'unit_type'],
  unit_allocations: ['unit_allocations', 'unit_allocation'],
  unit_allocation: ['unit_allocations', 'unit_allocation'],
  tenancy: ['tenancies', 'tenancy'],
  subscription: ['subscriptions', 'subscription'],
  assignee: ['staff', 'staff'],
  creator: ['staff', 'staff'],
  stage: ['deals/stages', 'deal_stage'],
};

type Status = 400 | 401 | 403 | 404 | 406 | 409 | 422 | 429 | 500;

/** Mounts the parts of the API that the product uses. */
export function mountStoraApi(app: Hono, options: ApiOptions): void {
  const { state, now } = options;

  const refuse = (
    c: Context,
    status: Status,
    code: string,
    details: Array<{ message: string; pointer: string }> = [],
  ): Response =>
    c.json(
      {
        error: {
          code,
          message: `Refused: ${code}.`,
          type: status === 500 ? 'api_error' : 'invalid_request_error',
          request_id: randomUUID(),
          details,
          links: [],
        },
      },
      status,
    );

  /** Token, then rate, then scope. */
  const enter = (c: Context, scope: string): StoraPair | Response => {
    const pair = pairOf(options, c);
    if (pair === null) return refuse(c, 401, 'invalid_token');
    const nowMs = now();
    const since = (ms: number): number => state.calls.filter((at) => at > nowMs - ms).length;
    const isFast = since(1_000) >= state.limits.perSecond;
    if (isFast || since(60_000) >= state.limits.perMinute) {
      const resetSeconds = Math.ceil((nowMs + (isFast ? 1_000 : 60_000)) / 1000);
      c.header('RateLimit-Limit', String(isFast ? state.limits.perSecond : state.limits.perMinute));
      c.header('RateLimit-Reset', String(resetSeconds));
      if (state.switches.retryAfter) c.header('Retry-After', String(resetSeconds - Math.floor(nowMs / 1000)));
      return refuse(c, 429, 'too_many_requests');
    }
    state.calls.push(nowMs);
    return pair.grant.scopes.includes(scope) ? pair : refuse(c, 403, 'forbidden');
  };

  const meta = () => ({ request_id: randomUUID(), curies: [] });
  const shown = (record: Record_): Record<string, unknown> =>
    state.switches.unknownFields ? { ...record, brand_new_field: { surprising: true } } : record;

  /** The record with what `expand` names in the place of references; null where a scope for that is missing. */
  const expanded = (
    record: Record_,
    expand: readonly string[],
    pair: StoraPair,
  ): Record<string, unknown> | null => {
    const result = { ...shown(record) };
    const inner = new Map<string, string[]>();
    for (const path of expand) {
      const [name = '', ...rest] = path.split('.');
      inner.set(name, [...(inner.get(name) ?? []), ...(rest.length > 0 ? [rest.join('.')] : [])]);
    }
    for (const [name, further] of inner) {
      const [where, scope] = related[name] ?? [];
      if (where === undefined) continue;
      if (!pair.grant.scopes.includes(`public.${scope}:read`)) return null;
      const replace = (reference: unknown): unknown => {
        const id = (reference as { id?: string } | null)?.id;
        const found = state.list(where).find((candidate) => candidate.id === id);
        return found === undefined ? reference : expanded(found, further, pair);
      };
      const value = result[name];
      result[name] = Array.isArray(value) ? value.map(replace) : replace(value);
    }
    return result;
  };

  const matches = (record: Record_, query: Record<string, string>, resource: Resource): boolean =>
    Object.entries(query).every(([name, wanted]) => {
      if (['page', 'limit', 'sort_by', 'sort_direction', 'expand'].includes(name)) return true;
      if (name === 'created_after') return record.created_at >= wanted;
      if (name === 'created_before') return record.created_at < wanted;
      if (name === 'updated_after') return record.updated_at >= wanted;
      if (name === 'search') {
        const text = [record['full_name'], record['email'], record['phone_number']].join(' ').toLowerCase();
        return text.replaceAll(' ', '').includes(wanted.toLowerCase().replaceAll(' ', ''));
      }
      if (resource.path === 'invoices' && !state.switches.filtersInvoices) return true;
      const value = name.endsWith('_id')
        ? (record[name.slice(0, -3)] as { id?: string } | null)?.id
        : record[name];
      return wanted.split(',').includes(String(value));
    });

  for (const resource of resources) {
    const base = `${version}/${resource.path}`;
    const scope = (level: 'read' | 'write'): string => `public.${resource.scope}:${level}`;
    const can = new Set(resource.can.split(' '));

    if (!can.has('unlisted')) {
      app.get(base, (c) => {
        const pair = enter(c, scope('read'));
        if (pair instanceof Response) return pair;
        const query = c.req.query();
        const [page, limit] = [Number(query['page'] ?? 1), Number(query['limit'] ?? 50)];
        if (!(page >= 1 && limit >= 1 && limit <= 100)) return refuse(c, 422, 'invalid_url_param');
        const found = state.list(resource.path).filter((record) => matches(record, query, resource));
        if (query['sort_direction'] !== 'ASC') found.reverse();
        const pages = Math.max(Math.ceil(found.length / limit), 1);
        const expand = (query['expand'] ?? '').split(',').filter((path) => path !== '');
        const rows = found
          .slice((page - 1) * limit, page * limit)
          .map((record) => expanded(record, expand, pair));
        if (rows.includes(null)) return refuse(c, 403, 'forbidden');
        const pagination = {
          count: found.length,
          last: pages,
          limit,
          next: page < pages ? page + 1 : null,
          page,
          pages,
          prev: page > 1 ? page - 1 : null,
        };
        return c.json({ [resource.many]: rows, meta: { ...meta(), pagination } });
      });
    }

    if (can.has('show')) {
      app.get(`${base}/:id`, (c) => {
        const pair = enter(c, scope('read'));
        if (pair instanceof Response) return pair;
        const record = state.list(resource.path).find(({ id }) => id === c.req.param('id'));
        if (record === undefined) return refuse(c, 404, 'resource_not_found');
        const expand = (c.req.query('expand') ?? '').split(',').filter((path) => path !== '');
        const row = expanded(record, expand, pair);
        return row === null ? refuse(c, 403, 'forbidden') : c.json({ [resource.one]: row, meta: meta() });
      });
    }

    if (can.has('create')) {
      app.post(base, async (c) => {
        const pair = enter(c, scope('write'));
        if (pair instanceof Response) return pair;
        return idempotently(c, pair, async (fields) => {
          const missing = (resource.required ?? []).filter((name) => fields[name] == null);
          if (missing.length > 0) {
            const details = missing.map((name) => ({ message: 'is required', pointer: `#/${name}` }));
            return refuse(c, 422, 'invalid_content', details);
          }
          const isTaken =
            resource.path === 'contacts' &&
            state.list('contacts').some(({ email }) => email === fields['email']);
          if (isTaken) return refuse(c, 409, 'conflict');
          const given = fields['event_types'];
          const types: unknown[] = Array.isArray(given) ? given : [];
          if (types.some((type) => !state.eventTypes.has(String(type)))) {
            return refuse(c, 422, 'invalid_content', [
              { message: 'is not included in the list', pointer: '#/event_types' },
            ]);
          }
          const creator = { id: `app_${pair.grant.clientId}` };
          const defaults = resource.path === 'deals' || resource.path === 'tasks' ? { status: 'open' } : {};
          // The secret is shown once, in this answer.
          const secret = resource.path === 'webhook_endpoints' ? randomBytes(32).toString('hex') : null;
          if (secret !== null) Object.assign(defaults, { status: 'enabled', secret: null });
          const record = state.add(
            resource.path,
            resource.prefix,
            { ...defaults, ...fields, creator },
            now(),
          );
          if (secret !== null) state.webhookSecrets.set(record.id, secret);
          const answer = secret === null ? shown(record) : { ...shown(record), secret };
          return c.json({ [resource.one]: answer, meta: meta() }, 201);
        });
      });
    }

    if (can.has('update')) {
      app.patch(`${base}/:id`, async (c) => {
        const pair = enter(c, scope('write'));
        if (pair instanceof Response) return pair;
        const record = state.list(resource.path).find(({ id }) => id === c.req.param('id'));
        if (record === undefined) return refuse(c, 404, 'resource_not_found');
        const fields: unknown = await c.req.json().catch(() => null);
        if (typeof fields !== 'object' || fields === null) return refuse(c, 400, 'invalid_request');
        Object.assign(record, fields, { updated_at: new Date(now()).toISOString() });
        return c.json({ [resource.one]: shown(record), meta: meta() });
      });
    }
  }
  app.post(`${version}/webhook_endpoints/:id/disable`, (c) => {
    const pair = enter(c, 'public.webhook_endpoint:write');
    if (pair instanceof Response) return pair;
    const record = state.list('webhook_endpoints').find(({ id }) => id === c.req.param('id'));
    if (record === undefined) return refuse(c, 404, 'resource_not_found');
    Object.assign(record, { status: 'disabled', disabled_at: new Date(now()).toISOString() });
    return c.json({ endpoint: shown(record), meta: meta() });
  });
  app.notFound((c) => refuse(c, 404, 'invalid_endpoint'));

  /** Keeps the first answer to an `Idempotency-Key`, failures too, and gives it again. */
  async function idempotently(
    c: Context,
    pair: StoraPair,
    work: (fields: Record<string, unknown>) => Promise<Response>,
  ): Promise<Response> {
    const text = await c.req.text();
    const run = async (): Promise<Response> => {
      let fields: unknown;
      try {
        fields = JSON.parse(text);
      } catch {
        return refuse(c, 400, 'invalid_request');
      }
      return work(fields as Record<string, unknown>);
    };
    const key = c.req.header('idempotency-key');
    if (key === undefined) return run();
    const name = `${pair.grant.clientId} ${c.req.path} ${key}`;
    const kept = state.kept.get(name);
    if (kept === 'in-flight' || (kept !== undefined && kept.body !== text)) return refuse(c, 409, 'conflict');
    if (kept !== undefined) {
      return new Response(kept.answer, {
        status: kept.status,
        headers: { 'Content-Type': 'application/json' },
      });
    }
    state.kept.set(name, 'in-flight');
    const response = await run();
    const answer: KeptAnswer = { body: text, status: response.status, answer: await response.clone().text() };
    state.kept.set(name, answer);
    return response;
  }
}
