import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { fattureInCloud } from '../../shared/providers/fatture-in-cloud.ts';
import { coversScope } from '../../shared/scopes.ts';
import { parseFilter } from './filter.ts';
import { countCall } from './quota.ts';
import type { Authorization, Company, IssuedRecord, SandboxState, User } from './state.ts';

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

/** The same of issued documents. */
const documentFields = new Set(['type', 'entity.id', 'entity.name', 'date', 'number', 'amount_gross']);

const vatTypes = [
  { id: 0, value: 22, description: '' },
  { id: 3, value: 10, description: '' },
  { id: 66, value: 0, description: 'Esente art. 10' },
];

const NewDocument = z.object({
  data: z.object({
    type: z.literal('proforma'),
    entity: z.looseObject({ id: z.int().nullish(), name: z.string() }),
    date: z.string(),
    subject: z.string().nullish(),
    items_list: z.array(
      z.looseObject({
        name: z.string(),
        qty: z.number(),
        net_price: z.number(),
        vat: z.object({ id: z.int() }),
      }),
    ),
    payments_list: z.array(z.looseObject({ amount: z.number(), due_date: z.string() })),
  }),
});

/** A document as the API shows it. */
function shownDocument(document: IssuedRecord): Omit<IssuedRecord, 'companyId'> {
  const { companyId: _, ...shown } = document;
  return shown;
}

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

  app.get('/c/:company/info/vat_types', (c) => {
    const entered = enter(c, 'settings:r');
    if (entered instanceof Response) return entered;
    return c.json({ data: vatTypes.map((type) => ({ ...type, is_disabled: false })) }, 200, entered.headers);
  });

  const documents = '/c/:company/issued_documents';
  app.get(documents, (c) => {
    const entered = enter(c, 'issued_documents.proformas:r');
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
    return c.json(
      { current_page: 1, data: data.map(shownDocument), last_page: 1, per_page: 50, total: data.length },
      200,
      entered.headers,
    );
  });

  app.post(documents, async (c) => {
    const entered = enter(c, 'issued_documents.proformas:a');
    if (entered instanceof Response) return entered;
    const body = NewDocument.safeParse(await c.req.json().catch(() => null));
    if (!body.success) {
      return apiError(c, 422, 'Invalid request.', {
        validation_result: { data: ['The data field is required.'] },
      });
    }
    const { data } = body.data;
    const cents = (amount: number): number => Math.round(amount * 100);
    const nets = new Map<number, number>();
    for (const { net_price, qty, vat } of data.items_list) {
      const rate = vatTypes.find(({ id }) => id === vat.id)?.value ?? 0;
      nets.set(rate, (nets.get(rate) ?? 0) + cents(net_price * qty));
    }
    const gross = [...nets].reduce((sum, [rate, net]) => sum + net + Math.round((net * rate) / 100), 0);
    if (data.payments_list.reduce((sum, { amount }) => sum + cents(amount), 0) !== gross) {
      return apiError(c, 422, 'I pagamenti non corrispondono al totale.', { validation_result: null });
    }
    const document = {
      ...data,
      id: 7_000 + state.documents.length + 1,
      number: state.documents.length + 1,
      companyId: entered.companyId,
      amount_gross: gross / 100,
    };
    state.documents.push(document);
    return c.json({ data: shownDocument(document) }, 200, entered.headers);
  });

  app.delete(`${documents}/:document`, (c) => {
    const entered = enter(c, 'issued_documents.proformas:a');
    if (entered instanceof Response) return entered;
    const at = state.documents.findIndex(({ id }) => id === Number(c.req.param('document')));
    if (at < 0) return apiError(c, 404, 'Risorsa non trovata.');
    state.documents.splice(at, 1);
    return c.body(null, 200, entered.headers);
  });

  for (const known of [
    '/c/:company/info/vat_types',
    documents,
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
