import { describe, expect, test } from 'vitest';
import { createEnrolment } from '../../shared/api/enrolments.ts';
import { deleteConnection, listConnections } from '../../shared/api/connections.ts';
import { createFlow } from '../../shared/api/flows.ts';
import { createGrant } from '../../shared/api/grants.ts';
import { createSession } from '../../shared/api/sessions.ts';
import { bringCode, locationOf, openRelay, type TestRelay } from '../relay/harness.ts';
import { Installation } from '../relay/installation.ts';
import type { TokenEndpoint } from '../relay/token-endpoint.ts';
import { dayMs, newKey, openWorked } from './worked.ts';

describe('a database that cannot be written', () => {
  /** The same database, opened by a second relay without the right to write. */
  const reopen = (
    relay: TestRelay,
    file: string,
    endpoint: TokenEndpoint,
    vaultKey: string,
  ): Promise<TestRelay> =>
    openRelay({
      database: file,
      readOnly: true,
      providerOrigin: endpoint.origin,
      vaultKey,
      startMs: relay.now(),
    });

  const moveTo = async (installation: Installation, relay: TestRelay): Promise<Installation> => {
    const moved = new Installation(relay, installation.privateKey, installation.jwk, installation.thumbprint);
    moved.sessionToken = installation.sessionToken;
    await moved.meet();
    return moved;
  };

  test('D7: every call that must write is refused as storage-unavailable, and says so to the operator', async () => {
    const vaultKey = newKey();
    const { endpoint, file, relay, installation, connection } = await openWorked({ vaultKey });
    const stuck = await reopen(relay, file, endpoint, vaultKey);
    const moved = await moveTo(installation, stuck);
    const calls = [
      moved.refusal(createSession),
      moved.refusal(createEnrolment, {
        input: { invite: await relay.invite(), installationName: 'Firefox' },
      }),
      moved.refusal(deleteConnection, { params: { connectionId: connection.id } }),
      // A token that this process has not handed out yet: what cannot be written down is refused.
      moved.refusal(createGrant, { params: { connectionId: connection.id }, input: {} }),
      moved.refusal(createFlow, {
        input: {
          providerId: 'fatture-in-cloud',
          scopes: [],
          codeChallenge: 'A'.repeat(43),
          redirectKind: 'chrome',
        },
      }),
    ];
    for (const refusal of await Promise.all(calls))
      expect(refusal).toMatchObject({ status: 503, code: 'storage-unavailable' });
    expect((await stuck.fetch(`${stuck.publicUrl}/ready`)).status).toBe(503);
    expect((await stuck.fetch(`${stuck.publicUrl}/health`)).status).toBe(200);
    expect(stuck.log.join('')).toContain('the database cannot be used');
    expect(stuck.log.join('')).not.toContain(relay.config.databaseFile);
    // What needs no writing goes on.
    expect((await moved.call(listConnections)).connections).toHaveLength(1);
  });

  test('D7: an exchange is refused before the code is spent, and succeeds once the database can be written', async () => {
    const vaultKey = newKey();
    const { endpoint, file, relay, installation } = await openWorked({ vaultKey });
    const flow = await installation.begin();
    const handle = await bringCode(relay, flow);
    endpoint.calls.length = 0;
    const moved = await moveTo(installation, await reopen(relay, file, endpoint, vaultKey));
    expect(await moved.finishRefused(flow, handle)).toMatchObject({
      status: 503,
      code: 'storage-unavailable',
    });
    expect(endpoint.calls).toEqual([]);
    expect((await installation.finish(flow, handle)).connection.status).toBe('active');
  });

  test('D7: a refresh is refused before the refresh token is spent, and succeeds once the database can be written', async () => {
    const vaultKey = newKey();
    const { endpoint, file, relay, installation, connection } = await openWorked({ vaultKey });
    relay.clock.advance(dayMs);
    await installation.openSession();
    endpoint.calls.length = 0;
    const moved = await moveTo(installation, await reopen(relay, file, endpoint, vaultKey));
    const params = { connectionId: connection.id };
    expect(await moved.refusal(createGrant, { params, input: {} })).toMatchObject({
      status: 503,
      code: 'storage-unavailable',
    });
    expect(endpoint.calls).toEqual([]);
    expect((await installation.call(createGrant, { params, input: {} })).accessToken).toMatch(/^a\//);
  });

  test('D7: a callback that cannot be written down is refused', async () => {
    const vaultKey = newKey();
    const { endpoint, file, relay } = await openWorked({ vaultKey });
    const stuck = await reopen(relay, file, endpoint, vaultKey);
    const answer = await stuck.callback({ state: 'unknown', code: 'c/x' });
    expect(answer.status).toBe(503);
    expect(locationOf(answer).href).toBe('about:blank');
  });
});
