import { expect, it, onTestFinished } from 'vitest';
import { approve } from '../sandbox/consent.ts';
import { parseFilter } from '../sandbox/filter.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import { loadOpenApi } from './openapi.ts';

const app = {
  name: 'Prova',
  clientId: 'app',
  clientSecret: 'app-secret',
  redirectUri: 'https://relay.example.com/callback',
};

interface TokenBody {
  access_token: string;
  refresh_token: string;
  error?: string;
}

async function openSandbox(scope = 'entity.clients:a') {
  const sandbox = await startSandbox({ apps: [app] });
  onTestFinished(() => sandbox.close());
  const authorizeUrl = (changes: Record<string, string> = {}): string =>
    `${sandbox.origin}/oauth/authorize?${new URLSearchParams({
      response_type: 'code',
      client_id: app.clientId,
      redirect_uri: app.redirectUri,
      scope,
      state: 's',
      ...changes,
    }).toString()}`;
  const token = async (fields: Record<string, string>) => {
    const response = await fetch(`${sandbox.origin}/oauth/token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ client_id: app.clientId, client_secret: app.clientSecret, ...fields }),
    });
    return { status: response.status, body: (await response.json()) as TokenBody }; // the sandbox's own answer
  };
  const codeOf = async (email: string): Promise<string> =>
    (await approve(authorizeUrl(), { email })).searchParams.get('code') ?? '';
  const redeem = (code: string) =>
    token({ grant_type: 'authorization_code', code, redirect_uri: app.redirectUri });
  const refresh = (refresh_token: string) => token({ grant_type: 'refresh_token', refresh_token });
  const get = async (path: string, accessToken: string): Promise<Response> =>
    fetch(sandbox.origin + path, { headers: { Authorization: `Bearer ${accessToken}` } });
  const login = async (email: string): Promise<string> =>
    (await redeem(await codeOf(email))).body.access_token;
  return { sandbox, authorizeUrl, codeOf, redeem, refresh, token, get, login };
}

it('a code works once and for sixty seconds', async () => {
  const { sandbox, codeOf, redeem } = await openSandbox();
  const code = await codeOf('demo@example.it');
  expect((await redeem(code)).status).toBe(200);
  expect((await redeem(code)).body.error).toBe('invalid_grant');
  const late = await codeOf('demo@example.it');
  sandbox.clock.advance(61_000);
  expect((await redeem(late)).body.error).toBe('invalid_grant');
});

it.each([
  ['old-dies', 400],
  ['old-stays', 200],
] as const)('rotation %s: the old refresh token then answers %d', async (rotation, status) => {
  const { sandbox, codeOf, redeem, refresh } = await openSandbox();
  sandbox.rotation = rotation;
  const { body } = await redeem(await codeOf('demo@example.it'));
  expect((await refresh(body.refresh_token)).status).toBe(200);
  expect((await refresh(body.refresh_token)).status).toBe(status);
});

it('a redirect URL that differs by one slash is an error page and never a redirect', async () => {
  const { authorizeUrl } = await openSandbox();
  const response = await fetch(authorizeUrl({ redirect_uri: `${app.redirectUri}/` }), { redirect: 'manual' });
  expect(response.status).toBe(400);
  expect(response.headers.get('location')).toBeNull();
});

it('a wrong secret is invalid_client, whatever the code', async () => {
  const { token } = await openSandbox();
  const answer = await token({ grant_type: 'authorization_code', code: 'c/x', client_secret: 'no' });
  expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_client' } });
});

it.each([
  ['operatore@example.it', 101, 403, 'NO_PERMISSION'],
  ['scaduta@example.it', 401, 403, 'LICENSE_EXPIRED'],
  ['demo@example.it', 301, 401, 'UNAUTHORIZED'],
])('%s on company %d is refused with %d %s', async (email, company, status, code) => {
  const { get, login } = await openSandbox();
  const response = await get(`/c/${company}/entities/clients`, await login(email));
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ error: { code } });
});

it('a token without the scope is refused, and reading is part of writing', async () => {
  const reader = await openSandbox('products:r');
  expect((await reader.get('/c/101/entities/clients', await reader.login('demo@example.it'))).status).toBe(
    403,
  );
  const writer = await openSandbox('entity.clients:a');
  expect((await writer.get('/c/101/entities/clients', await writer.login('demo@example.it'))).status).toBe(
    200,
  );
});

it('the hourly limit is a 403, the short one a 429, both with Retry-After', async () => {
  const { sandbox, get, login } = await openSandbox();
  const token = await login('demo@example.it');
  const path = '/c/101/entities/clients';
  sandbox.state.limits.shortCalls = 1;
  expect((await get(path, token)).headers.get('ratelimit-hourlyremaining')).toBe('999');
  const short = await get(path, token);
  sandbox.state.limits.hourlyCalls = 1;
  const hourly = await get(path, token);
  expect([short.status, hourly.status]).toEqual([429, 403]);
  for (const { headers } of [short, hourly]) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
});

it('pages do not overlap and end where the list ends', async () => {
  const { get, login } = await openSandbox();
  const token = await login('demo@example.it');
  const read = async (page: number) =>
    (await (await get(`/c/101/entities/clients?per_page=4&page=${page}&sort=name`, token)).json()) as {
      data: Array<{ id: number }>;
      last_page: number;
      total: number;
    };
  const first = await read(1);
  const pages = await Promise.all(Array.from({ length: first.last_page }, (_, index) => read(index + 1)));
  const ids = pages.flatMap(({ data }) => data.map(({ id }) => id));
  expect(new Set(ids).size).toBe(first.total);
});

const record = { name: "Cartoleria D'Este", city: 'Padova', count: 12, vat: null };

it.each([
  ["name = 'cartoleria d''este'", true],
  ["name contains 'd''este' and city = 'Roma' or count >= 12", true],
  ["name contains 'd''este' and (city = 'Roma' or count > 12)", false],
  ["name starts with 'Carto'", true],
  ["name not like '%este'", false],
  ['vat is null', true],
  ['vat is not null', false],
  ['count <> 12', false],
])('the filter %s answers %s', (text, expected) => {
  expect(parseFilter(text)?.(record)).toBe(expected);
});

it.each(["name = 'd'este'", 'Name = 1', 'name = ', "(name = 'x'", "name And 'x'", 'name = -1'])(
  'the filter %s is not of the grammar',
  (text) => {
    expect(parseFilter(text)).toBeNull();
  },
);

it('the judge bites: an exchange that differs from the published document is named', async ({ skip }) => {
  const judge = await loadOpenApi();
  if (judge === null) return skip('the OpenAPI document is not beside the repository');
  const exchange = {
    method: 'POST',
    path: '/c/1/entities/clients',
    query: '?colour=red',
    requestBody: { data: { name: 7 } },
    status: 201,
    headers: {},
    responseBody: {},
  };
  expect(judge.checkExchange(exchange)).toHaveLength(3);
  expect(judge.checkExchange({ ...exchange, path: '/nowhere' })).toHaveLength(1);
});
