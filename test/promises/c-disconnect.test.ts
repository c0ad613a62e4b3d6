import { expect, test } from 'vitest';
import { deleteConnection, listConnections } from '../../shared/api/connections.ts';
import { createGrant } from '../../shared/api/grants.ts';
import { Installation } from '../relay/installation.ts';
import type { TokenAnswer } from '../relay/token-endpoint.ts';
import { dayMs, openConnected, rowOf, statusOf } from './connected.ts';

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
