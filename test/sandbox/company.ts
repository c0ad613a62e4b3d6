import type { Hono } from 'hono';
import { unauthorized, type ApiOptions, type Entry } from './entry.ts';
import type { Company } from './state.ts';

/** Mounts who the token belongs to, and what its companies are. */
export function mountCompany(
  app: Hono,
  { state }: ApiOptions,
  { authorizationOf, userOf, enter }: Entry,
): void {
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
}
