import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createFlow, flowLifetimeMs } from '../../shared/api/flows.ts';
import { listConnections } from '../../shared/api/connections.ts';
import { Provider } from '../../shared/provider.ts';
import { providers } from '../../shared/providers/registry.ts';
import { bringCode, credentials, handleIn, locationOf } from '../relay/harness.ts';
import { openSandboxed } from '../relay/sandboxed.ts';
import { approve } from '../sandbox/consent.ts';
import { chromeTarget, expectDeadEnd, openPair, storedTokens } from './flow.ts';

describe('state', () => {
  test('A1: a callback with an unknown state gets a static page, and the provider hears nothing', async () => {
    const { relay, endpoint } = await openPair();
    await relay.join();
    await expectDeadEnd(await relay.callback({ state: randomBytes(32).toString('base64url'), code: 'c/x' }));
    expect(await relay.audit()).toContain('state_unknown');
    expect(endpoint.calls).toEqual([]);
  });

  test('A1: a start URL of no flow gets the same page', async () => {
    const { relay } = await openPair();
    for (const id of ['flw_AAAAAAAAAAAAAAAAAAAAAA', 'x', '%00', '..%2f..%2fetc']) {
      await expectDeadEnd(await relay.fetch(`${relay.publicUrl}/connect/${id}`));
    }
  });

  test('A2: a state past its time is refused and its flow forgotten', async () => {
    const { relay, endpoint } = await openPair();
    const installation = await relay.join();
    const flow = await installation.begin();
    relay.clock.advance(flowLifetimeMs);
    await expectDeadEnd(await relay.callback({ state: flow.state, code: 'c/late' }));
    expect(await relay.audit()).toContain('state_expired');
    expect(await relay.store.all('SELECT id FROM flows')).toEqual([]);
    await expectDeadEnd(await relay.fetch(flow.startUrl));
    expect(endpoint.calls).toEqual([]);
  });

  test('A2: a flow is good until its last millisecond', async () => {
    const { relay } = await openPair();
    const installation = await relay.join();
    const flow = await installation.begin();
    relay.clock.advance(flowLifetimeMs - 1);
    expect((await relay.callback({ state: flow.state, code: 'c/just-in-time' })).status).toBe(303);
  });

  test('A2: a handle brought back after the flow has expired is not exchanged', async () => {
    const { relay, endpoint } = await openPair();
    const installation = await relay.join();
    const flow = await installation.begin();
    const handle = await bringCode(relay, flow);
    relay.clock.advance(flowLifetimeMs);
    await installation.openSession();
    expect(await installation.finishRefused(flow, handle)).toMatchObject({
      status: 400,
      code: 'flow-expired',
    });
    expect(endpoint.calls).toEqual([]);
  });
});

describe('exchange', () => {
  test('A3: the start and the callback may each be fetched twice, and one exchange succeeds', async () => {
    const { relay, endpoint } = await openPair();
    const installation = await relay.join();
    const flow = await installation.begin();
    for (const _ of [1, 2]) {
      const start = await relay.fetch(flow.startUrl);
      expect(start.status).toBe(303);
      expect(locationOf(start).searchParams.get('state')).toBe(flow.state);
    }
    const first = await relay.callback({ state: flow.state, code: 'c/same' });
    const second = await relay.callback({ state: flow.state, code: 'c/same' });
    for (const response of [first, second]) {
      expect(response.status).toBe(303);
      expect(locationOf(response).href).toMatch(`${chromeTarget}?`);
      expect(locationOf(response).searchParams.get('state')).toBe(flow.state);
    }
    await installation.finish(flow, handleIn(second));
    expect(await installation.finishRefused(flow, handleIn(first))).toMatchObject({ code: 'flow-used' });
    expect(endpoint.calls).toHaveLength(1);
  });

  test('A4: a handle is exchanged once; the second time is invalid_grant without a provider call', async () => {
    const { relay, endpoint } = await openPair();
    const installation = await relay.join();
    const flow = await installation.begin();
    const handle = await bringCode(relay, flow);
    const { connection, grant } = await installation.finish(flow, handle);
    expect(grant.connectionId).toBe(connection.id);
    expect(await installation.finishRefused(flow, handle)).toMatchObject({
      status: 409,
      error: 'invalid_grant',
    });
    expect(endpoint.calls).toHaveLength(1);
    // The code is spent, so the browser's hops end as well.
    await expectDeadEnd(await relay.fetch(flow.startUrl));
    await expectDeadEnd(await relay.callback({ state: flow.state, code: 'c/again' }));
  });

  test('A5: of exchanges at the same instant exactly one reaches the provider and succeeds', async () => {
    const { relay, endpoint } = await openPair();
    const installation = await relay.join();
    const flow = await installation.begin();
    const handle = await bringCode(relay, flow);
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => installation.finish(flow, handle)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(endpoint.calls).toHaveLength(1);
    expect(await storedTokens(relay)).toHaveLength(1);
  });

  test('A5: two flows of one member that end at the same instant leave one working connection', async () => {
    const { relay, endpoint } = await openPair();
    const installation = await relay.join();
    const flows = [await installation.begin(), await installation.begin()];
    const handles = await Promise.all(flows.map((flow, index) => bringCode(relay, flow, `c/flow-${index}`)));
    const ends = await Promise.all(
      flows.map((flow, index) => installation.finish(flow, handles[index] ?? '')),
    );
    const { connections } = await installation.call(listConnections);
    expect(connections).toHaveLength(1);
    expect(new Set(ends.map(({ connection }) => connection.id))).toEqual(new Set([connections[0]?.id]));
    expect(endpoint.calls).toHaveLength(2);
  });

  test('A5: two first flows of one member leave one connection, also on a store that takes its time', async () => {
    const { relay, endpoint } = await openPair();
    const installation = await relay.join();
    const flows = [await installation.begin(), await installation.begin()];
    const handles = await Promise.all(flows.map((flow, index) => bringCode(relay, flow, `c/flow-${index}`)));
    // Both wait at the provider until both are there, and every read after that lets the other one run.
    const both = Promise.withResolvers<void>();
    let waiting = flows.length;
    for (const _ of flows) {
      endpoint.next(async () => {
        waiting -= 1;
        if (waiting === 0) both.resolve();
        await both.promise;
        return { body: endpoint.tokens() };
      });
    }
    const { get } = relay.store;
    relay.store.get = async <Result>(...query: Parameters<typeof get>) => {
      const row = await get<Result>(...query);
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      return row;
    };
    const ends = await Promise.all(
      flows.map((flow, index) => installation.finish(flow, handles[index] ?? '')),
    );
    const { connections } = await installation.call(listConnections);
    expect(connections).toHaveLength(1);
    expect(new Set(ends.map(({ connection }) => connection.id))).toEqual(new Set([connections[0]?.id]));
  });

  test('A6: an exchange signed by another key is refused and burns the flow', async () => {
    const { relay, endpoint } = await openPair();
    const [attacker, victim] = [await relay.join('Mario Rossi'), await relay.join('Anna Bianchi')];
    const flow = await attacker.begin();
    const handle = await bringCode(relay, flow);
    expect(await victim.finishRefused(flow, handle)).toMatchObject({ status: 401, code: 'key-mismatch' });
    expect(await relay.audit()).toContain('key_mismatch');
    // Burned: not even the key that began it can finish it now.
    expect(await attacker.finishRefused(flow, handle)).toMatchObject({ status: 409, code: 'flow-used' });
    expect(endpoint.calls).toEqual([]);
    expect(await storedTokens(relay)).toEqual([]);
  });

  test('A6: an exchange with another PKCE verifier is refused and burns the flow', async () => {
    const { relay, endpoint } = await openPair();
    const installation = await relay.join();
    const flow = await installation.begin();
    const handle = await bringCode(relay, flow);
    const wrong = { flowId: flow.flowId, codeVerifier: randomBytes(32).toString('base64url') };
    expect(await installation.finishRefused(wrong, handle)).toMatchObject({
      status: 401,
      code: 'key-mismatch',
    });
    expect(await installation.finishRefused(flow, handle)).toMatchObject({ code: 'flow-used' });
    expect(endpoint.calls).toEqual([]);
  });

  test("A7: a victim who opens an attacker's start URL keeps the code; the attacker gets nothing", async () => {
    const { relay, endpoint } = await openPair();
    const [attacker, victim] = [await relay.join('Mario Rossi'), await relay.join('Anna Bianchi')];
    const flow = await attacker.begin();
    // The victim's browser goes through both hops; the handle arrives there and nowhere else.
    expect((await relay.fetch(flow.startUrl)).status).toBe(303);
    const answer = await relay.callback({ state: flow.state, code: 'c/code-of-the-victim' });
    expect(locationOf(answer).origin).toBe(new URL(chromeTarget).origin);
    const guesses = ['x', randomBytes(90).toString('base64url'), `1.${relay.vault.keyId}.AAAA`];
    for (const guess of guesses) {
      expect(await attacker.finishRefused(flow, guess)).toMatchObject({ code: 'response-mismatch' });
    }
    expect((await attacker.call(listConnections)).connections).toEqual([]);
    expect(await victim.finishRefused(flow, handleIn(answer))).toMatchObject({ code: 'key-mismatch' });
    expect(endpoint.calls).toEqual([]);
  });
});

describe('PKCE', () => {
  test('A16: a challenge serves one flow: the second creation is refused, whoever asks', async () => {
    const { relay } = await openPair();
    const [mario, anna] = [await relay.join('Mario Rossi'), await relay.join('Anna Bianchi')];
    const input = {
      providerId: 'fatture-in-cloud',
      scopes: ['entity.clients:r'],
      codeChallenge: randomBytes(32).toString('base64url'),
      redirectKind: 'chrome' as const,
    };
    await mario.call(createFlow, { input });
    for (const installation of [mario, anna]) {
      const refusal = await installation.refusal(createFlow, { input });
      expect(refusal).toMatchObject({ status: 400, fields: ['codeChallenge'] });
    }
  });

  test('A17: every provider says whether it has PKCE', () => {
    for (const provider of providers.values()) expect(Provider.parse(provider).pkce).toBeTypeOf('boolean');
  });

  test('A17: without PKCE at the provider the flow rests on state, sealed handle and key', async () => {
    const { relay, endpoint } = await openPair({ provider: { pkce: false } });
    const installation = await relay.join();
    const flow = await installation.begin();
    const authorize = locationOf(await relay.fetch(flow.startUrl));
    expect(authorize.searchParams.has('code_challenge')).toBe(false);
    expect(authorize.searchParams.get('state')).toBe(flow.state);
    const answer = await relay.callback({ state: flow.state, code: 'c/canary-code' });
    expect(locationOf(answer).href).not.toContain('canary-code');
    await installation.finish(flow, handleIn(answer));
    expect(Object.fromEntries(endpoint.calls[0]?.form ?? [])).toEqual({
      grant_type: 'authorization_code',
      code: 'c/canary-code',
      redirect_uri: 'https://relay.example.com/callback/fatture-in-cloud',
      client_id: credentials.clientId,
      client_secret: credentials.clientSecret,
    });
  });

  test('A17: with PKCE at the provider the verifier sent fits the challenge shown, and neither is the extension’s', async () => {
    const { relay, endpoint } = await openPair({ provider: { pkce: true } });
    const installation = await relay.join();
    const flow = await installation.begin();
    const first = locationOf(await relay.fetch(flow.startUrl)).searchParams;
    const second = locationOf(await relay.fetch(flow.startUrl)).searchParams;
    expect(first.get('code_challenge_method')).toBe('S256');
    expect(second.get('code_challenge')).toBe(first.get('code_challenge'));
    await installation.finish(flow, await bringCode(relay, flow));
    const verifier = endpoint.calls[0]?.form.get('code_verifier') ?? '';
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(verifier)));
    expect(digest.toString('base64url')).toBe(first.get('code_challenge'));
    expect(verifier).not.toBe(flow.codeVerifier);
  });
});

describe('a real provider’s pages', () => {
  test('A12: declining on the page ends at the extension with access_denied', async () => {
    const { relay } = await openSandboxed();
    const installation = await relay.join();
    const flow = await installation.begin();
    const authorize = locationOf(await relay.fetch(flow.startUrl)).href;
    const callback = await approve(authorize, { email: 'demo@example.it', decision: 'decline' });
    const answer = await relay.fetch(callback.href);
    expect(locationOf(answer).href).toBe(`${chromeTarget}?state=${flow.state}&error=access_denied`);
    expect((await installation.call(listConnections)).connections).toEqual([]);
  });

  test('A4: the whole flow, once through, ends in a token that the provider takes', async () => {
    const { relay, sandbox, connect: connectThrough } = await openSandboxed();
    const { grant, connection } = await connectThrough(await relay.join());
    expect(connection).toMatchObject({ status: 'active', scopes: ['entity.clients:r'] });
    const answer = await fetch(`${sandbox.origin}/user/info`, {
      headers: { Authorization: `Bearer ${grant.accessToken}` },
    });
    expect(answer.status).toBe(200);
  });
});
