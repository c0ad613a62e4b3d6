import { expect, it } from 'vitest';
import type { RecordedExchange } from '../sandbox/server.ts';
import { openSandbox } from './opened.ts';
import { loadOpenApi } from './openapi.ts';

const judge = await loadOpenApi();
const absent = 'the OpenAPI document is not here, the sandbox was not validated';

const clients = '/c/101/entities/clients';

it('a client written for the published document finds in the sandbox what the document says, refusals too', async ({
  skip,
}) => {
  skip(judge === null, absent);
  const { sandbox, login, api } = await openSandbox();
  const { access_token } = await login('demo@example.it', {
    scope: 'entity.clients:a issued_documents.proformas:a issued_documents.quotes:a settings:r',
  });
  const studio = await login('studio@example.it');
  const expired = await login('scaduta@example.it');
  const create = (body: string) => api(access_token, clients, { method: 'POST', body });
  await api(access_token, '/user/info');
  await api(access_token, '/user/companies');
  await api(access_token, '/c/101/company/info');
  await api(access_token, '/c/101/company/plan_usage?category=clients');
  await api(access_token, '/c/101/info/vat_types');
  const document = {
    type: 'proforma',
    entity: { name: 'Nuova S.r.l.' },
    date: '2026-11-01',
    subject: 'Stora STO-1',
    items_list: [{ name: 'Box', qty: 1, net_price: 99, vat: { id: 0 } }],
    payments_list: [{ amount: 120.78, due_date: '2026-11-01', status: 'not_paid' }],
  };
  const documents = '/c/101/issued_documents';
  await api(access_token, documents, { method: 'POST', body: JSON.stringify({ data: document }) });
  const quote = { ...document, type: 'quote' };
  await api(access_token, documents, { method: 'POST', body: JSON.stringify({ data: quote }) });
  await api(access_token, `${documents}/totals`, { method: 'POST', body: JSON.stringify({ data: quote }) });
  const short = { ...document, payments_list: [{ amount: 1, due_date: '2026-11-01', status: 'not_paid' }] };
  await api(access_token, documents, { method: 'POST', body: JSON.stringify({ data: short }) });
  await api(
    access_token,
    `${documents}?type=proforma&q=${encodeURIComponent("entity.name = 'Nuova S.r.l.'")}`,
  );
  const subscriptions = '/c/101/subscriptions';
  const subscription = {
    sink: 'http://127.0.0.1:9/webhooks/x',
    types: ['it.fattureincloud.webhooks.issued_documents.e_invoices.status_update'],
    verification_method: 'header',
    config: { mapping: 'binary' },
  };
  await api(access_token, subscriptions, { method: 'POST', body: JSON.stringify({ data: subscription }) });
  await api(access_token, subscriptions);
  await api(access_token, `${subscriptions}/SUB1`, { method: 'DELETE' });
  await api(studio.access_token, '/user/companies');
  await api(access_token, `${clients}?page=2&per_page=5&sort=-name`);
  await api(access_token, `${clients}?page=9`);
  await api(access_token, `${clients}?q=${encodeURIComponent("name contains 'D''Este'")}`);
  await api(access_token, `${clients}?q=broken`);
  await create(
    JSON.stringify({ data: { name: 'Nuova S.r.l.', type: 'company', vat_number: '12345678903' } }),
  );
  await api(access_token, `${clients}/${sandbox.state.clientsOf(101)[0]?.id}`);
  await api(access_token, `${clients}/1`);
  await api('a/x', clients);
  await api(expired.access_token, '/c/401/entities/clients');
  sandbox.state.limits.shortCalls = 0;
  await api(access_token, clients);

  const judged = sandbox.exchanges.filter(({ path }) => !path.startsWith('/oauth/'));
  expect(judged.map(({ status }) => status)).toEqual([
    200, 200, 200, 200, 200, 200, 200, 200, 422, 200, 200, 200, 200, 200, 200, 200, 200, 422, 200, 200, 404,
    401, 403, 429,
  ]);
  expect(judged.flatMap((exchange) => judge?.checkExchange(exchange) ?? [])).toEqual([]);
});

const good: RecordedExchange = {
  method: 'GET',
  path: '/user/info',
  query: '',
  requestBody: undefined,
  status: 200,
  headers: {},
  responseBody: { data: { id: 1, name: null } },
};

it.for<[string, Partial<RecordedExchange>]>([
  ['a path that does not exist', { path: '/user/infos' }],
  ['a method that does not exist', { method: 'DELETE' }],
  ['a query that does not exist', { query: '?colour=red' }],
  ['a status that is not declared', { status: 201 }],
  ['an answer of another shape', { responseBody: { data: { id: 'one' } } }],
  ['a request of another shape', { method: 'POST', path: clients, requestBody: { data: { name: 5 } } }],
])('the judge is not asleep: it reports %s', ([, change], { skip }) => {
  skip(judge === null, absent);
  expect(judge?.checkExchange(good)).toEqual([]);
  expect(judge?.checkExchange({ ...good, ...change })).not.toEqual([]);
});
