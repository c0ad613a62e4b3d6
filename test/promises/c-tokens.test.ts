import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { createGrant } from '../../shared/api/grants.ts';
import { destinationsOf } from '../../relay/config/provider-settings.ts';
import { bringCode, openRelay } from '../relay/harness.ts';
import { openSandboxed } from '../relay/sandboxed.ts';
import { openTokenEndpoint, type TokenAnswer } from '../relay/token-endpoint.ts';
import { dayMs, openConnected, rowOf, statusOf } from './connected.ts';

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
