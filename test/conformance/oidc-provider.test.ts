import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { deleteConnection, listConnections } from '../../shared/api/connections.ts';
import { createDeviceFlow, pollDeviceFlow } from '../../shared/api/device-flows.ts';
import { createGrant } from '../../shared/api/grants.ts';
import { handleIn, locationOf, openRelay, type TestRelay } from '../relay/harness.ts';
import type { Installation } from '../relay/installation.ts';
import { temporaryFolder } from '../relay/process.ts';
import { startOidcServer, type OidcServer } from './oidc-server.ts';

/** A relay that knows the certified server from a file of providers, and nothing else of it. */
async function openOidc(
  changes: Record<string, unknown> = {},
): Promise<{ relay: TestRelay; server: OidcServer }> {
  const publicUrl = 'https://relay.example.com';
  const server = await startOidcServer({ redirectUri: `${publicUrl}/callback/team-login` });
  onTestFinished(() => server.close());
  const file = join(temporaryFolder(), 'providers.json');
  const provider = {
    id: 'team-login',
    name: 'Team login',
    origin: server.issuer,
    authorizationEndpoint: '/auth',
    tokenEndpoint: `${server.issuer}/token`,
    revocationEndpoint: '/token/revocation',
    deviceAuthorizationEndpoint: '/device/auth',
    issuer: server.issuer,
    scopes: ['openid', 'offline_access'],
    ...changes,
  };
  writeFileSync(file, JSON.stringify({ providers: [provider] }));
  const relay = await openRelay({
    publicUrl,
    startMs: Date.now(),
    environment: {
      STAFFETTA_PROVIDERS_FILE: file,
      STAFFETTA_TEAM_LOGIN_CLIENT_ID: server.credentials.clientId,
      STAFFETTA_TEAM_LOGIN_CLIENT_SECRET: server.credentials.clientSecret,
    },
  });
  return { relay, server };
}

async function connect(relay: TestRelay, server: OidcServer, installation: Installation) {
  const flow = await installation.begin({ providerId: 'team-login', scopes: ['openid', 'offline_access'] });
  const authorize = locationOf(await relay.fetch(flow.startUrl)).href;
  const callback = await server.approve(authorize);
  return { flow, authorize, callback };
}

async function connected(relay: TestRelay, server: OidcServer) {
  const installation = await relay.join();
  const { flow, callback } = await connect(relay, server, installation);
  const made = await installation.finish(flow, handleIn(await relay.fetch(callback.href)));
  return { installation, ...made, params: { connectionId: made.connection.id } };
}

test('a provider from a file connects with PKCE, `iss` and a client secret that the file does not hold', async () => {
  const { relay, server } = await openOidc();
  const installation = await relay.join();
  const { flow, authorize, callback } = await connect(relay, server, installation);
  expect(new URL(authorize).searchParams.get('code_challenge_method')).toBe('S256');
  expect(callback.searchParams.get('iss')).toBe(server.issuer);
  const made = await installation.finish(flow, handleIn(await relay.fetch(callback.href)));
  expect(made.connection).toMatchObject({ providerId: 'team-login', status: 'active' });
  const info = await fetch(`${server.issuer}/me`, {
    headers: { Authorization: `Bearer ${made.grant.accessToken}` },
  });
  expect(await info.json()).toEqual({ sub: 'mario' });
});

test('C2: at a server that revokes the grant when a refresh token comes twice, 50 callers cost one refresh, hour after hour', async () => {
  const { relay, server } = await openOidc();
  const { installation, params } = await connected(relay, server);
  for (let hour = 1; hour <= 3; hour += 1) {
    relay.clock.advance(3_600_000);
    await installation.openSession();
    const grants = await Promise.all(
      Array.from({ length: 50 }, () => installation.call(createGrant, { params, input: {} })),
    );
    expect(new Set(grants.map(({ accessToken }) => accessToken)).size).toBe(1);
    expect(server.counts).toMatchObject({ refreshes: hour, reuses: 0 });
  }
});

test('C3: the server is as strict as that: a refresh token that comes back ends the grant, and is told as interrupted', async () => {
  const { relay, server } = await openOidc();
  const { installation, params } = await connected(relay, server);
  relay.clock.advance(3_600_000);
  await installation.openSession();
  const before = await relay.store.get<{ refresh_token: string }>('SELECT refresh_token FROM connections');
  await installation.call(createGrant, { params, input: {} });
  // As after a crash between the answer and the commit: the old token is in place and the journal is open.
  await relay.store.run(
    'UPDATE connections SET refresh_token = ?, refresh_asked_at_ms = 1, access_expires_at_ms = 0',
    before?.refresh_token ?? null,
  );
  expect(await installation.refusal(createGrant, { params, input: {} })).toMatchObject({
    code: 'interrupted',
  });
  expect(server.counts.reuses).toBeGreaterThan(0);
  expect((await installation.call(listConnections)).connections).toMatchObject([{ status: 'interrupted' }]);
});

test('C14: a disconnect revokes at the server: the access token and the refresh token are dead there too', async () => {
  const { relay, server } = await openOidc();
  const { installation, params, grant } = await connected(relay, server);
  expect(await installation.call(deleteConnection, { params })).toEqual({ revocation: 'revoked' });
  const info = await fetch(`${server.issuer}/me`, {
    headers: { Authorization: `Bearer ${grant.accessToken}` },
  });
  expect(info.status).toBe(401);
  expect(await relay.store.all('SELECT id FROM connections')).toEqual([]);
});

test.for([
  { name: 'another issuer', changes: { issuer: 'https://other.example.com' } },
  { name: 'none expected', changes: { issuer: null } },
])(
  'A9: `iss` that is not the configured one ends the flow before the exchange: $name',
  async ({ changes }) => {
    const { relay, server } = await openOidc(changes);
    const installation = await relay.join();
    const { callback } = await connect(relay, server, installation);
    const bounced = locationOf(await relay.fetch(callback.href));
    expect(bounced.searchParams.get('error')).toBe('server_error');
    expect(bounced.searchParams.has('handle')).toBe(false);
    expect(await relay.audit()).toContain('mix_up');
  },
);

/** Polls as an extension that keeps to the pace it is told. */
async function poll(relay: TestRelay, installation: Installation, flowId: string) {
  const params = { flowId: flowId as never };
  const answer = await installation.call(pollDeviceFlow, { params });
  if (answer.status === 'pending') relay.clock.advance(answer.retryAfterSeconds * 1000);
  return answer;
}

test('a device code ends in the same kind of connection, and can be finished by the key that began it alone', async () => {
  const { relay, server } = await openOidc();
  const [installation, stranger] = [await relay.join(), await relay.join('Anna Bianchi')];
  const flow = await installation.call(createDeviceFlow, {
    input: { providerId: 'team-login', scopes: ['openid', 'offline_access'] },
  });
  expect(flow.userCode).toMatch(/^[A-Z]{4}-[A-Z]{4}$/);
  relay.clock.advance(5_000);
  expect(await poll(relay, installation, flow.flowId)).toMatchObject({ status: 'pending' });
  await server.approveDevice(flow.verificationUriComplete ?? '');
  const params = { flowId: flow.flowId };
  expect(await stranger.refusal(pollDeviceFlow, { params })).toMatchObject({ code: 'key-mismatch' });
  const answer = await poll(relay, installation, flow.flowId);
  if (answer.status !== 'connected') throw new Error('still pending');
  relay.clock.advance(3_600_000);
  await installation.openSession();
  const refreshed = { params: { connectionId: answer.connection.id }, input: {} };
  expect((await installation.call(createGrant, refreshed)).accessToken).not.toBe(answer.grant?.accessToken);
  expect(await installation.call(pollDeviceFlow, { params })).toMatchObject({
    status: 'connected',
    connection: { id: answer.connection.id },
    grant: null,
  });
  const rows = JSON.stringify([relay.log, await relay.store.all('SELECT * FROM audit')]);
  expect(rows).not.toContain(flow.userCode);
});

test('however often an extension polls, the provider is asked at its own pace', async () => {
  const { relay } = await openOidc();
  const installation = await relay.join();
  const flow = await installation.call(createDeviceFlow, {
    input: { providerId: 'team-login', scopes: ['openid'] },
  });
  const asked: string[] = [];
  const { fetch: plain } = globalThis;
  globalThis.fetch = (...args) => {
    asked.push(String(args[0]));
    return plain(...args);
  };
  onTestFinished(() => {
    globalThis.fetch = plain;
  });
  relay.clock.advance(5_000);
  const params = { flowId: flow.flowId };
  await Promise.all(Array.from({ length: 20 }, () => installation.call(pollDeviceFlow, { params })));
  expect(asked.filter((url) => url.endsWith('/token'))).toHaveLength(1);
});
