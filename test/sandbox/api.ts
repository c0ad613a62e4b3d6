import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { fattureInCloud } from '../../shared/providers/fatture-in-cloud.ts';
import { coversScope } from '../../shared/scopes.ts';
import { parseFilter } from './filter.ts';
import { countCall } from './quota.ts';
import type { Authorization, Company, SandboxState, User } from './state.ts';

interface ApiOptions {
  state: SandboxState;
  now(): number;
}

const NewClient = z.object({ data: z.looseObject({ name: z.string().min(1) }) });

/** What lists of clients may be filtered by, as the documentation's table has it. */
const filterable = new Set(
  [
    'id code name type vat_number tax_code country email certified_email phone fax notes e_invoice ei_code',
    'address_street address_postal_code address_city address_province address_extra created_at updated_at',
  ].flatMap((names) => names.split(' ')),
);

const apiError = (
  c: Context,
  status: 401 | 403 | 404 | 405 | 422 | 429,
  message: string,
  more: { code?: string; validation_result?: Record<string, string[]> | null } = {},
  headers: Record<string, string> = {},
): Response => c.json({ error: { message, ...more } }, status, headers);

/** Mounts the parts of the API that the product uses. */
export function mountApi(app: Hono, { state, now }: ApiOptions): void {
  const authorizationOf = (c: Context): Authorization | null => {
    const token = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1];
    const issued = state.issued.find(({ kind, value }) => kind === 'access' && value === token);
    const isGood = issued !== undefined && !issued.authorization.revoked && issued.expiresAtMs > now();
    if (isGood && issued.replaces !== undefined) issued.replaces.used = true;
    return isGood ? issued.authorization : null;
  };
  const unauthorized = (c: Context): Response =>
    apiError(c, 401, 'Token non valido o scaduto.', { code: 'UNAUTHORIZED' });
  const userOf = ({ userId }: Authorization): User | undefined => state.users.find(({ id }) => id === userId);

  const reachable = ({ companyIds }: Authorization): number[] =>
    state.companies
      .filter(({ id }) => companyIds.includes(id))
      .flatMap(({ id, type, controlledIds }) => (type === 'accountant' ? controlledIds : [id]));

  /** Checks token, company, quota, licence, scope and the sub-user's right, in the order the provider is known to. */
  const enter = (
    c: Context,
    scope: string | null,
  ): { companyId: number; headers: Record<string, string>; user: User | undefined } | Response => {
    const authorization = authorizationOf(c);
    const companyId = Number(c.req.param('company'));
    if (authorization === null || !reachable(authorization).includes(companyId)) return unauthorized(c);
    const { clientId } = authorization;
    const quota = countCall(state, { companyId, clientId, atMs: now() });
    if (quota.refusal !== null) {
      const { status, retryAfter } = quota.refusal;
      return apiError(c, status, 'Limite di richieste superato.', {}, { 'Retry-After': String(retryAfter) });
    }
    if (state.companies.find(({ id }) => id === companyId)?.licenceExpired === true) {
      return apiError(c, 403, 'La licenza è scaduta.', { code: 'LICENSE_EXPIRED' });
    }
    const user = userOf(authorization);
    const isAllowed =
      scope === null ||
      (coversScope(fattureInCloud, authorization.scopes, scope) && user?.mayUseClients === true);
    if (!isAllowed)
      return apiError(c, 403, 'Non hai i permessi per questa operazione.', { code: 'NO_PERMISSION' });
    return { companyId, headers: quota.headers, user };
  };

  app.get('/user/info', (c) => {
    const authorization = authorizationOf(c);
    const user = authorization === null ? undefined : userOf(authorization);
    if (user === undefined) return unauthorized(c);
    const [first_name = '', last_name = ''] = user.name.split(' ');
    const info = {
      need_marketing_consents_confirmation: false,
      need_password_change: false,
      need_terms_of_service_confirmation: false,
    };
    return c.json({
      data: { id: user.id, name: user.name, first_name, last_name, email: user.email, picture: null },
      info,
      email_confirmation_state: { need_confirmation: false },
    });
  });

  app.get('/user/companies', (c) => {
    const authorization = authorizationOf(c);
    if (authorization === null) return unauthorized(c);
    const describe = (company: Company) => ({
      id: company.id,
      name: company.name,
      type: company.type,
      tax_code: company.vatNumber,
      vat_number: company.vatNumber,
      access_token: company.accessToken,
      connection_id: company.id + 9000,
      fic_plan: 'standard',
      fic_license_expire: company.licenceExpired ? '2020-12-31' : '2099-12-31',
    });
    const named = (ids: readonly number[]): Company[] => state.companies.filter(({ id }) => ids.includes(id));
    const companies = named(authorization.companyIds).map((company) =>
      Object.assign(describe(company), {
        controlled_companies: named(company.controlledIds).map(describe),
      }),
    );
    return c.json({ data: { companies } });
  });

  app.get('/c/:company/company/info', (c) => {
    const entered = enter(c, null);
    if (entered instanceof Response) return entered;
    const company = state.companies.find(({ id }) => id === entered.companyId);
    const clients = entered.user?.mayUseClients === true ? 'write' : 'none';
    return c.json(
      {
        data: {
          id: entered.companyId,
          name: company?.name ?? null,
          type: company?.type ?? 'company',
          access_info: {
            role: clients === 'write' ? 'master' : 'subaccount',
            permissions: { fic_clients: clients, fic_suppliers: 'write', fic_products: 'write' },
          },
          plan_info: { limits: { clients: state.limits.planClients } },
        },
      },
      200,
      entered.headers,
    );
  });

  app.get('/c/:company/company/plan_usage', (c) => {
    const entered = enter(c, null);
    if (entered instanceof Response) return entered;
    const isClients = c.req.query('category') === 'clients';
    const usage = isClients ? state.clientsOf(entered.companyId).length : 0;
    return c.json({ data: { limit: state.limits.planClients, usage } }, 200, entered.headers);
  });

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

  for (const known of [
    '/c/:company/company/info',
    '/c/:company/company/plan_usage',
    '/user/info',
    '/user/companies',
    path,
    `${path}/:client`,
  ]) {
    app.all(known, (c) => apiError(c, 405, 'Metodo non consentito.'));
  }
  app.notFound((c) => apiError(c, 404, 'Risorsa non trovata.'));
}

/** Orders by each of the comma-separated fields in turn; a leading minus turns one round. */
const bySort = (sort: string) => {
  const keys = sort
    .split(',')
    .map((key) => ({ field: key.replace(/^-/, ''), sign: key.startsWith('-') ? -1 : 1 }));
  return (a: Record<string, unknown>, b: Record<string, unknown>): number => {
    for (const { field, sign } of keys) {
      const order = String(a[field] ?? '').localeCompare(String(b[field] ?? ''), 'it', { numeric: true });
      if (order !== 0) return sign * order;
    }
    return 0;
  };
};
