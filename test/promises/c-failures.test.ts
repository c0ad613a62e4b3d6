import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { createGrant } from '../../shared/api/grants.ts';
import { destinationsOf } from '../../relay/config/provider-settings.ts';
import { Secret } from '../../relay/keys/secret.ts';
import { credentials, openRelay } from '../relay/harness.ts';
import { freePort } from '../../scripts/port.ts';
import { openSandboxed } from '../relay/sandboxed.ts';
import { openTokenEndpoint, type TokenAnswer } from '../relay/token-endpoint.ts';
import { alarms, dayMs, openConnected, rowOf, statusOf } from './connected.ts';

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
