import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { deleteConnection, listConnections } from '../../shared/api/connections.ts';
import { createGrant } from '../../shared/api/grants.ts';
import { destinationsOf } from '../../relay/provider/oauth.ts';
import { Secret } from '../../relay/keys/secret.ts';
import { bringCode, credentials, openRelay, type RelayOptions, type TestRelay } from '../relay/harness.ts';
import { Installation } from '../relay/installation.ts';
import { freePort } from '../../scripts/port.ts';
import { openSandboxed } from '../relay/sandboxed.ts';
import { openTokenEndpoint, type TokenAnswer } from '../relay/token-endpoint.ts';

const dayMs = 86_400_000;

/** A connected member whose access token ends in `leftMs`, and the provider behind. */
async function openConnected(leftMs: number, options: RelayOptions = {}) {
  const endpoint = await openTokenEndpoint();
  const relay = await openRelay({ providerOrigin: endpoint.origin, ...options });
  const installation = await relay.join();
  const { connection, grant } = await relay.connect(installation);
  relay.clock.advance(grant.expiresAtMs - relay.now() - leftMs);
  await installation.openSession();
  endpoint.calls.length = 0;
  const params = { connectionId: connection.id };
  return {
    endpoint,
    relay,
    installation,
    params,
    first: grant,
    grant: () => installation.call(createGrant, { params, input: {} }),
    refused: () => installation.refusal(createGrant, { params, input: {} }),
  };
}

interface Kept {
  status: string;
  access_token: string | null;
  refresh_token: string | null;
  token_version: number;
}

const rowOf = async (relay: TestRelay): Promise<Kept | undefined> =>
  relay.store.get<Kept>('SELECT status, access_token, refresh_token, token_version FROM connections');

/** Lines of the log at level error, parsed. */
const alarms = (relay: TestRelay): Array<Record<string, unknown>> =>
  relay.log.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ level }) => level === 50);

const statusOf = async (installation: Installation) =>
  (await installation.call(listConnections)).connections.map(({ status }) => status);

test('C2: of 50 callers at expiry one refresh reaches the provider, and all get its token', async () => {
  const { endpoint, grant } = await openConnected(0);
  const grants = await Promise.all(Array.from({ length: 50 }, grant));
  expect(endpoint.calls).toHaveLength(1);
  expect(new Set(grants.map(({ accessToken }) => accessToken)).size).toBe(1);
  expect(endpoint.secrets.has(grants[0]?.accessToken ?? '')).toBe(true);
});

test('C2: where a refresh token dies when it is used, day after day of parallel callers loses no connection', async () => {
  const { relay, sandbox, advance, connect } = await openSandboxed();
  const installation = await relay.join();
  const { connection } = await connect(installation);
  const params = { connectionId: connection.id };
  for (let day = 1; day <= 3; day += 1) {
    advance(dayMs);
    await installation.openSession();
    const grants = await Promise.all(
      Array.from({ length: 50 }, () => installation.call(createGrant, { params, input: {} })),
    );
    expect(new Set(grants.map(({ accessToken }) => accessToken)).size).toBe(1);
    const calls = sandbox.exchanges.filter(({ path }) => path === '/oauth/token');
    expect(calls).toHaveLength(1 + day);
  }
});

test('C2: callers who ask for different remaining lives share one refresh as well', async () => {
  const { endpoint, installation, params } = await openConnected(20_000);
  const lives = [30, 60, 120, 300, 600];
  const grants = await Promise.all(
    lives.map((minTtlSeconds) => installation.call(createGrant, { params, input: { minTtlSeconds } })),
  );
  expect(endpoint.calls).toHaveLength(1);
  expect(new Set(grants.map(({ accessToken }) => accessToken)).size).toBe(1);
});

test('C2: two connections refresh side by side, each for itself', async () => {
  const { endpoint, relay, installation, params } = await openConnected(dayMs);
  const anna = await relay.join('Anna Bianchi');
  const { connection } = await relay.connect(anna);
  relay.clock.advance(dayMs);
  await Promise.all([installation.openSession(), anna.openSession()]);
  endpoint.calls.length = 0;
  const [mine, hers] = await Promise.all([
    installation.call(createGrant, { params, input: {} }),
    anna.call(createGrant, { params: { connectionId: connection.id }, input: {} }),
  ]);
  expect(mine.accessToken).not.toBe(hers.accessToken);
  expect(endpoint.calls).toHaveLength(2);
});

test('C4: a refresh that brings no refresh token keeps the old one in use', async () => {
  const { endpoint, relay, installation, grant, first } = await openConnected(0);
  const { refresh_token: _, ...withoutRefresh } = endpoint.tokens();
  endpoint.next({ body: withoutRefresh });
  const second = await grant();
  expect(second.accessToken).toBe(withoutRefresh.access_token);
  expect(second.accessToken).not.toBe(first.accessToken);
  relay.clock.advance(dayMs);
  await installation.openSession();
  await grant();
  const [before, after] = endpoint.calls.map(({ form }) => form.get('refresh_token'));
  expect(after).toBe(before);
});

test('C4: a rotated refresh token takes the place of the old one', async () => {
  const { endpoint, relay, installation, grant } = await openConnected(0);
  const rotated = endpoint.tokens();
  endpoint.next({ body: rotated });
  await grant();
  relay.clock.advance(dayMs);
  await installation.openSession();
  await grant();
  expect(endpoint.calls.map(({ form }) => form.get('refresh_token'))[1]).toBe(rotated.refresh_token);
});

test('C5: invalid_grant ends the connection, erases its tokens, and is not tried again', async () => {
  const { endpoint, relay, installation, refused } = await openConnected(0);
  endpoint.next({ status: 400, body: { error: 'invalid_grant', error_description: 'revoked' } });
  expect(await refused()).toMatchObject({ status: 409, code: 'revoked', error: 'invalid_grant' });
  expect(await rowOf(relay)).toMatchObject({ status: 'revoked', access_token: null, refresh_token: null });
  expect(await statusOf(installation)).toEqual(['revoked']);
  expect(await relay.audit()).toContain('connection_ended');
  expect(await refused()).toMatchObject({ code: 'revoked' });
  expect(endpoint.calls).toHaveLength(1);
});

test('C5: 50 callers at once are all told, after one provider call', async () => {
  const { endpoint, refused } = await openConnected(0);
  endpoint.next({ status: 400, body: { error: 'invalid_grant' } });
  const refusals = await Promise.all(Array.from({ length: 50 }, refused));
  expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set(['revoked']));
  expect(endpoint.calls).toHaveLength(1);
});

test('C5: invalid_grant after the idle limit is expired, not revoked', async () => {
  const { endpoint, relay, installation, refused } = await openConnected(0);
  // Used day by day, so that the installation itself is not forgotten.
  for (let days = 0; days < 366; days += 61) {
    relay.clock.advance(61 * dayMs);
    await installation.openSession();
  }
  endpoint.next({ status: 400, body: { error: 'invalid_grant' } });
  expect(await refused()).toMatchObject({ status: 409, code: 'expired' });
});

test('C5: connecting again revives the same connection', async () => {
  const { endpoint, relay, installation, params, refused, grant } = await openConnected(0);
  endpoint.next({ status: 400, body: { error: 'invalid_grant' } });
  await refused();
  const again = await relay.connect(installation);
  expect(again.connection).toMatchObject({ id: params.connectionId, status: 'active' });
  expect((await grant()).accessToken).toBe(again.grant.accessToken);
});

test.for<{ name: string; answer: TokenAnswer }>([
  { name: '401 invalid_client', answer: { status: 401, body: { error: 'invalid_client' } } },
  { name: '400 invalid_client', answer: { status: 400, body: { error: 'invalid_client' } } },
  {
    name: '401 invalid_client with a challenge',
    answer: {
      status: 401,
      headers: {
        'Content-Type': 'application/json',
        'WWW-Authenticate': 'Basic realm="x", error="invalid_client"',
      },
      body: { error: 'invalid_client', error_description: 'Client authentication failed' },
    },
  },
  { name: 'unauthorized_client', answer: { status: 400, body: { error: 'unauthorized_client' } } },
])('C6: $name alarms the operator, keeps the tokens, and is never "revoked"', async ({ answer }) => {
  const { endpoint, relay, installation, grant, refused } = await openConnected(0);
  const before = await rowOf(relay);
  endpoint.next(answer);
  const refusal = await refused();
  expect(refusal).toMatchObject({ status: 503, code: 'provider-misconfigured', error: 'invalid_client' });
  expect(alarms(relay)).toMatchObject([{ code: 'provider-misconfigured' }]);
  expect(await rowOf(relay)).toEqual(before);
  expect(await statusOf(installation)).toEqual(['active']);
  // Mended by the operator, it goes on as if nothing had happened.
  expect((await grant()).accessToken).not.toBe('');
});

test('C6: a client secret that the provider no longer takes never looks like a revocation', async () => {
  const { relay, advance, connect } = await openSandboxed();
  const installation = await relay.join();
  const { connection } = await connect(installation);
  const configured = relay.config.providers.get('fatture-in-cloud');
  if (configured?.credentials == null) throw new Error('not configured');
  Object.assign(configured.credentials, { clientSecret: new Secret('another-secret') });
  advance(dayMs);
  await installation.openSession();
  const params = { connectionId: connection.id };
  expect(await installation.refusal(createGrant, { params, input: {} })).toMatchObject({
    status: 503,
    code: 'provider-misconfigured',
  });
  expect(alarms(relay)).toHaveLength(1);
  expect(await rowOf(relay)).toMatchObject({ status: 'active', token_version: 1 });
});

test('C6: a wrong client secret at the first exchange is the operator’s matter too', async () => {
  const endpoint = await openTokenEndpoint();
  const relay = await openRelay({ providerOrigin: endpoint.origin });
  const installation = await relay.join();
  endpoint.next({ status: 401, body: { error: 'invalid_client' } });
  const refusal = await relay.connect(installation).catch((error: unknown) => String(error));
  expect(refusal).toContain('503');
  expect(refusal).toContain('provider-misconfigured');
  expect(alarms(relay)).toMatchObject([{ code: 'provider-misconfigured' }]);
  expect(relay.log.join('')).not.toContain(credentials.clientSecret);
  expect(await statusOf(installation)).toEqual([]);
});

const transient: Array<{ name: string; answer: TokenAnswer }> = [
  ...[500, 502, 503, 504, 429].map((status) => ({ name: `status ${status}`, answer: { status, body: {} } })),
  {
    name: 'an HTML error page',
    answer: { status: 502, headers: { 'Content-Type': 'text/html' }, body: '<h1>Bad gateway</h1>' },
  },
  { name: 'a 5xx that says invalid_grant', answer: { status: 503, body: { error: 'invalid_grant' } } },
  { name: 'temporarily_unavailable', answer: { status: 400, body: { error: 'temporarily_unavailable' } } },
  { name: 'a reset connection', answer: 'reset' },
];

test.for(transient)('C7: $name keeps the tokens, and the next call succeeds', async ({ answer }) => {
  const { endpoint, relay, installation, grant, refused } = await openConnected(0);
  const before = await rowOf(relay);
  endpoint.always(answer);
  const refusal = await refused();
  expect(refusal).toMatchObject({
    status: 503,
    code: 'provider-down',
    error: 'temporarily_unavailable',
  });
  expect(await rowOf(relay)).toEqual(before);
  expect(await statusOf(installation)).toEqual(['active']);
  expect(alarms(relay)).toEqual([]);
  // An answer that may have been lost is asked for once more; then there is a pause.
  expect(endpoint.calls.length).toBeLessThanOrEqual(2);
  endpoint.always(null);
  relay.clock.advance((refusal.retryAfterSeconds ?? 0) * 1000);
  await grant();
  expect(new Set(endpoint.calls.map(({ form }) => form.get('refresh_token'))).size).toBe(1);
});

test.for(transient)('C7: with $name a token that is still valid is served meanwhile', async ({ answer }) => {
  const { endpoint, first, grant } = await openConnected(45_000);
  endpoint.always(answer);
  expect(await grant()).toEqual(first);
  expect(await grant()).toEqual(first);
  expect(endpoint.calls.length).toBeLessThanOrEqual(2);
});

test('C7: a token in its last 30 seconds is not served, whatever the provider does', async () => {
  const { endpoint, refused } = await openConnected(30_000);
  endpoint.always({ status: 503 });
  expect(await refused()).toMatchObject({ code: 'provider-down' });
});

test.for([
  { header: '120', seconds: 120 },
  { header: '0', seconds: 1 },
  { header: '999999', seconds: 3600 },
])('C7: Retry-After $header of the provider is passed on as $seconds', async ({ header, seconds }) => {
  const { endpoint, installation, params } = await openConnected(0);
  endpoint.always({ status: 503, headers: { 'Retry-After': header } });
  const response = await installation.request(createGrant, { params, input: {} });
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe(String(seconds));
});

test('C7: a refusal because the provider is down always says when to come back', async () => {
  const { endpoint, relay, installation, params } = await openConnected(0);
  for (const answer of [
    'reset',
    { status: 503 },
    { status: 503, headers: { 'Retry-After': 'soon' } },
  ] as const) {
    endpoint.always(answer);
    const response = await installation.request(createGrant, { params, input: {} });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    relay.clock.advance(60_000);
  }
});

test('C7: a provider that is not there keeps the tokens: nobody listening, no such name, no TLS', async () => {
  const plain = createServer((_, response) => response.end());
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  const address = plain.address();
  const plainPort = typeof address === 'object' ? address?.port : undefined;
  const origins = [
    `http://127.0.0.1:${await freePort()}`,
    'https://no-such-host.staffetta.invalid',
    `https://127.0.0.1:${plainPort}`,
  ];
  for (const origin of origins) {
    const { relay, installation, params } = await openConnected(0);
    const before = await rowOf(relay);
    // The same database answered by a relay whose provider has gone.
    const configured = relay.config.providers.get('fatture-in-cloud');
    if (configured === undefined) throw new Error('not configured');
    Object.assign(configured.provider, { origin });
    Object.assign(configured, { destinations: destinationsOf(configured.provider) });
    const refusal = await installation.refusal(createGrant, { params, input: {} });
    expect(refusal, origin).toMatchObject({ status: 503, code: 'provider-down' });
    expect(await rowOf(relay)).toEqual(before);
  }
  await new Promise((resolve) => plain.close(resolve));
});

test(
  'C7: a provider that never answers is given up within ten seconds, and the tokens are kept',
  { timeout: 15_000 },
  async () => {
    const { endpoint, relay, grant, refused } = await openConnected(0);
    const before = await rowOf(relay);
    endpoint.next('hang');
    const startedAt = performance.now();
    expect(await refused()).toMatchObject({ status: 503, code: 'provider-down' });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(await rowOf(relay)).toEqual(before);
    relay.clock.advance(10_000);
    await grant();
  },
);

/** Answers with a success status that no token can be taken from. */
const unbelievable: Array<{ name: string; answer: (tokens: Record<string, unknown>) => TokenAnswer }> = [
  { name: 'HTML', answer: () => ({ headers: { 'Content-Type': 'text/html' }, body: '<h1>Welcome</h1>' }) },
  { name: 'an empty body', answer: () => ({ body: '' }) },
  { name: 'no access token', answer: (tokens) => ({ body: { ...tokens, access_token: undefined } }) },
  { name: 'expires_in absent', answer: (tokens) => ({ body: { ...tokens, expires_in: undefined } }) },
  { name: 'expires_in negative', answer: (tokens) => ({ body: { ...tokens, expires_in: -1 } }) },
  { name: 'expires_in of 1e12', answer: (tokens) => ({ body: { ...tokens, expires_in: 1e12 } }) },
  { name: 'token_type mac', answer: (tokens) => ({ body: { ...tokens, token_type: 'mac' } }) },
  { name: '10 MB', answer: (tokens) => ({ body: { ...tokens, pad: 'x'.repeat(10_000_000) } }) },
];

test.for(unbelievable)('C9: a success with $name changes nothing that is kept', async ({ answer }) => {
  const { endpoint, relay, installation, refused } = await openConnected(0);
  const before = await rowOf(relay);
  endpoint.always(answer(endpoint.tokens()));
  expect([502, 503]).toContain((await refused()).status);
  expect(await rowOf(relay)).toEqual(before);
  expect(await statusOf(installation)).toEqual(['active']);
});

test.for([301, 302, 303, 307, 308])(
  'C10: a redirect %i from the token endpoint is not followed',
  async (status) => {
    const { endpoint, relay, refused } = await openConnected(0);
    const elsewhere = await openTokenEndpoint();
    const before = await rowOf(relay);
    endpoint.always({ status, headers: { Location: `${elsewhere.origin}/oauth/token` } });
    expect([502, 503]).toContain((await refused()).status);
    expect(elsewhere.calls).toEqual([]);
    expect(await rowOf(relay)).toEqual(before);
  },
);

test('C13: a disconnect while a refresh is in flight wins: the connection does not come back', async () => {
  const { endpoint, relay, installation, params, refused } = await openConnected(0);
  const reached = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  endpoint.next(async () => {
    reached.resolve();
    await release.promise;
    return { body: endpoint.tokens() };
  });
  const refusal = refused();
  await reached.promise;
  expect(await installation.call(deleteConnection, { params })).toEqual({ revocation: 'unsupported' });
  release.resolve();
  expect(await refusal).toMatchObject({ status: 404, code: 'not-found' });
  expect(await rowOf(relay)).toBeUndefined();
  expect(await installation.call(listConnections)).toMatchObject({ connections: [] });
  expect((await relay.audit()).at(-1)).toBe('connection_erased');
});

test.for<{ name: string; ends: (tokens: Record<string, unknown>) => TokenAnswer }>([
  { name: 'fails', ends: () => ({ status: 400, body: { error: 'invalid_grant' } }) },
  { name: 'succeeds', ends: (tokens) => ({ body: tokens }) },
])(
  'C13: connecting again wins over a refresh in flight that $name: the new tokens stay',
  async ({ ends }) => {
    const { endpoint, relay, installation, grant } = await openConnected(0);
    const reached = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    endpoint.next(async () => {
      reached.resolve();
      await release.promise;
      return ends(endpoint.tokens());
    });
    const late = grant();
    await reached.promise;
    const again = await relay.connect(installation);
    release.resolve();
    expect((await late).accessToken).toBe(again.grant.accessToken);
    expect((await grant()).accessToken).toBe(again.grant.accessToken);
    expect(await statusOf(installation)).toEqual(['active']);
  },
);

test("C13: another member's connection can be neither read nor erased", async () => {
  const { endpoint, relay, params, grant } = await openConnected(dayMs);
  const anna = await relay.join('Anna Bianchi');
  expect(await anna.refusal(createGrant, { params, input: {} })).toMatchObject({ status: 404 });
  expect(await anna.refusal(deleteConnection, { params })).toMatchObject({ status: 404 });
  expect(await anna.call(listConnections)).toMatchObject({ connections: [] });
  await grant();
  expect(endpoint.calls).toEqual([]);
});

test.for([
  { name: 'another host', change: (origin: string) => ({ origin }) },
  { name: 'another path', change: () => ({ tokenEndpoint: '/oauth/token/' }) },
  {
    name: 'a user name before the host',
    change: (origin: string) => ({ tokenEndpoint: origin.replace('//', '//relay@') }),
  },
  { name: 'a file', change: () => ({ tokenEndpoint: 'file:///etc/passwd' }) },
])('C12: a token endpoint altered to $name after start gets nothing', async ({ change }) => {
  const { endpoint, relay, refused } = await openConnected(0);
  const elsewhere = await openTokenEndpoint();
  const before = await rowOf(relay);
  const configured = relay.config.providers.get('fatture-in-cloud');
  if (configured === undefined) throw new Error('not configured');
  Object.assign(configured.provider, change(elsewhere.origin));
  expect(['provider-misconfigured', 'provider-unexpected']).toContain((await refused()).code);
  expect([...elsewhere.calls, ...endpoint.calls]).toEqual([]);
  expect(await rowOf(relay)).toEqual(before);
});

test.for([
  { name: 'answers 200', answer: { status: 200 }, revocation: 'revoked' },
  { name: 'answers 503', answer: { status: 503 }, revocation: 'failed' },
  { name: 'cuts the connection', answer: 'reset', revocation: 'failed' },
  { name: 'hangs', answer: 'hang', revocation: 'failed' },
] as const)(
  'C14: a disconnect erases in any case, and says what became of it: $name',
  async ({ answer, revocation }) => {
    const { endpoint, relay, installation, params } = await openConnected(dayMs, {
      provider: { revocationEndpoint: '/oauth/revoke' },
    });
    endpoint.always(answer);
    expect(await installation.call(deleteConnection, { params })).toEqual({ revocation });
    expect(await rowOf(relay)).toBeUndefined();
    const [call] = endpoint.calls;
    expect(call).toMatchObject({ method: 'POST', path: '/oauth/revoke' });
    expect(call?.form.get('token')).toMatch(/^r\//);
    expect(call?.form.get('token_type_hint')).toBe('refresh_token');
    expect((await relay.audit()).slice(-2)).toEqual(['connection_erased', 'connection_revoked']);
  },
);

test('C14: tokens that arrive after a disconnect are taken back as well', async () => {
  const { endpoint, installation, params, refused } = await openConnected(0, {
    provider: { revocationEndpoint: '/oauth/revoke' },
  });
  const rotated = endpoint.tokens();
  const reached = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  endpoint.next(async () => {
    reached.resolve();
    await release.promise;
    return { body: rotated };
  });
  const late = refused();
  await reached.promise;
  endpoint.always({ status: 200 });
  await installation.call(deleteConnection, { params });
  release.resolve();
  expect(await late).toMatchObject({ code: 'not-found' });
  const revoked = endpoint.calls.filter(({ path }) => path === '/oauth/revoke');
  expect(revoked.map(({ form }) => form.get('token'))).toContain(rotated.refresh_token);
});

test('C16: a disconnect in one browser is a disconnect of the member: the other one is told to connect', async () => {
  const { relay, installation, params } = await openConnected(dayMs);
  const other = await Installation.create(relay);
  await other.enrol(await relay.inviteAgain(installation));
  await other.openSession();
  await other.call(createGrant, { params, input: {} });
  await installation.call(deleteConnection, { params });
  expect(await other.refusal(createGrant, { params, input: {} })).toMatchObject({
    status: 404,
    code: 'not-found',
  });
  expect(await other.call(listConnections)).toMatchObject({ connections: [] });
});

test.for([
  { name: 'expires_in in quotes', alter: { expires_in: '86400' } },
  { name: 'expires_in of null', alter: { expires_in: null } },
])('C9: $name is no number, and changes nothing that is kept', async ({ alter }) => {
  const { endpoint, relay, refused } = await openConnected(0);
  const before = await rowOf(relay);
  endpoint.always({ body: { ...endpoint.tokens(), ...alter } as never });
  expect([502, 503]).toContain((await refused()).status);
  expect(await rowOf(relay)).toEqual(before);
});

test(
  'C9: an answer that drips, and one that never ends, are given up in time',
  { timeout: 25_000 },
  async () => {
    const dripping = createServer((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 50);
      response.once('close', () => clearInterval(timer));
    });
    await new Promise<void>((resolve) => dripping.listen(0, '127.0.0.1', resolve));
    const address = dripping.address();
    const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    const { relay, refused } = await openConnected(0);
    const configured = relay.config.providers.get('fatture-in-cloud');
    if (configured === undefined) throw new Error('not configured');
    Object.assign(configured.provider, { origin });
    Object.assign(configured, { destinations: destinationsOf(configured.provider) });
    const startedAt = performance.now();
    expect(await refused()).toMatchObject({ code: 'provider-down' });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    dripping.closeAllConnections();
    await new Promise((resolve) => dripping.close(resolve));
  },
);

test('C11: fewer scopes than asked for are what the connection has; more are refused, on a refresh too', async () => {
  const endpoint = await openTokenEndpoint();
  const relay = await openRelay({ providerOrigin: endpoint.origin });
  const installation = await relay.join();
  const begin = () => installation.begin({ scopes: ['entity.clients:r', 'settings:r'] });
  endpoint.next({ body: { ...endpoint.tokens(), scope: 'entity.clients:r' } });
  const narrow = await begin();
  const made = await installation.finish(narrow, await bringCode(relay, narrow));
  expect(made.connection.scopes).toEqual(['entity.clients:r']);
  expect(made.grant.scopes).toEqual(['entity.clients:r']);
  endpoint.next({ body: { ...endpoint.tokens(), scope: 'entity.clients:r settings:a' } });
  const wide = await begin();
  expect(await installation.finishRefused(wide, await bringCode(relay, wide))).toMatchObject({
    code: 'provider-unexpected',
  });
  relay.clock.advance(dayMs);
  await installation.openSession();
  endpoint.always({ body: { ...endpoint.tokens(), scope: 'entity.clients:r settings:r' } });
  const params = { connectionId: made.connection.id };
  expect(await installation.refusal(createGrant, { params, input: {} })).toMatchObject({
    code: 'provider-unexpected',
  });
});

test.for([
  { name: 'an hour ahead', aheadMs: 3_600_000, lateMs: 0 },
  { name: 'ten seconds ahead', aheadMs: 10_000, lateMs: 10_000 },
  { name: 'an hour behind', aheadMs: -3_600_000, lateMs: -3_600_000 },
  { name: 'two days ahead, or the provider two days behind', aheadMs: 2 * dayMs, lateMs: 2 * dayMs },
])(
  'C15: a relay whose clock is $name keeps no time of expiry that is later than the provider can mean',
  async ({ aheadMs, lateMs }) => {
    const { endpoint, relay, grant } = await openConnected(0);
    const trueMs = relay.now() - aheadMs;
    endpoint.next({
      headers: { 'Content-Type': 'application/json', Date: new Date(trueMs).toUTCString() },
      body: { ...endpoint.tokens(), expires_in: 86_400 },
    });
    expect((await grant()).expiresAtMs).toBe(trueMs + dayMs + lateMs);
  },
);
