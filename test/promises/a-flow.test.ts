import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { createFlow, flowLifetimeMs } from '../../shared/api/flows.ts';
import { listConnections } from '../../shared/api/connections.ts';
import { Provider } from '../../shared/provider.ts';
import { providers } from '../../shared/providers/registry.ts';
import { chromeExtensionIdDefault, ConfigError, readConfig } from '../../relay/config.ts';
import { bringCode, credentials, handleIn, locationOf, openRelay, type TestRelay } from '../relay/harness.ts';
import { Installation } from '../relay/installation.ts';
import { freePort } from '../../scripts/port.ts';
import { runRelay, startRelay, temporaryFolder } from '../relay/process.ts';
import { openSandboxed } from '../relay/sandboxed.ts';
import { openTokenEndpoint } from '../relay/token-endpoint.ts';

const chromeTarget = `https://${chromeExtensionIdDefault}.chromiumapp.org/connected`;
import { approve } from '../sandbox/consent.ts';

/** A relay whose provider is a scripted token endpoint. */
async function openPair(options: Parameters<typeof openRelay>[0] = {}) {
  const endpoint = await openTokenEndpoint();
  const relay = await openRelay({ providerOrigin: endpoint.origin, ...options });
  return { endpoint, relay };
}

/** The one static page, whatever the reason. */
async function expectDeadEnd(response: Response): Promise<void> {
  expect(response.status).toBe(400);
  expect(response.headers.get('location')).toBeNull();
  expect(response.headers.get('content-type')).toMatch(/^text\/html/);
  expect(await response.text()).toContain('Questo collegamento non è più valido.');
}

const storedTokens = (relay: TestRelay) =>
  relay.store.all<{ access_token: string | null }>('SELECT access_token FROM connections');

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

describe('mix-up', () => {
  const issuer = 'https://issuer.example.com';

  test("A8: a state of one provider on another provider's path is bounced as an error without an exchange", async () => {
    const { relay, endpoint } = await openPair({ others: [{ id: 'another-provider' }] });
    const installation = await relay.join();
    const flows = [
      { flow: await installation.begin(), path: 'another-provider' },
      { flow: await installation.begin({ providerId: 'another-provider' }), path: 'fatture-in-cloud' },
    ];
    for (const { flow, path } of flows) {
      const answer = await relay.callback({ state: flow.state, code: 'c/mixed' }, path);
      expect(answer.status).toBe(303);
      expect(locationOf(answer).searchParams.get('error')).toBe('server_error');
      expect(locationOf(answer).searchParams.has('handle')).toBe(false);
    }
    expect((await relay.audit()).filter((event) => event === 'mix_up')).toHaveLength(2);
    expect(endpoint.calls).toEqual([]);
  });

  test('A8: a callback path of no provider is a dead end', async () => {
    const { relay } = await openPair();
    const flow = await (await relay.join()).begin();
    await expectDeadEnd(await relay.callback({ state: flow.state, code: 'c/x' }, 'no-such-provider'));
  });

  test.for([
    { case: 'wrong', provider: { issuer }, iss: 'https://issuer.example.org' },
    { case: 'equal but for a slash', provider: { issuer }, iss: `${issuer}/` },
    { case: 'equal but for the case', provider: { issuer }, iss: issuer.toUpperCase() },
    { case: 'missing though announced', provider: { issuer }, iss: null },
    { case: 'sent by a provider known not to', provider: {}, iss: issuer },
  ])('A9: iss that is $case ends the flow before the exchange', async ({ provider, iss }) => {
    const { relay, endpoint } = await openPair({ provider });
    const flow = await (await relay.join()).begin();
    const query = { state: flow.state, code: 'c/x', ...(iss === null ? {} : { iss }) };
    const answer = await relay.callback(query);
    expect(locationOf(answer).searchParams.get('error')).toBe('server_error');
    expect(locationOf(answer).searchParams.has('handle')).toBe(false);
    expect(await relay.audit()).toContain('mix_up');
    expect(endpoint.calls).toEqual([]);
  });

  test('A9: iss exactly as announced connects', async () => {
    const { relay } = await openPair({ provider: { issuer } });
    const installation = await relay.join();
    const flow = await installation.begin();
    const handle = handleIn(await relay.callback({ state: flow.state, code: 'c/x', iss: issuer }));
    expect((await installation.finish(flow, handle)).connection.status).toBe('active');
  });

  test("A10: a victim's handle does not open in an attacker's flow, nor in another flow of the same key", async () => {
    const { relay, endpoint } = await openPair({ others: [{ id: 'another-provider' }] });
    const [attacker, victim] = [await relay.join('Mario Rossi'), await relay.join('Anna Bianchi')];
    const stolen = await bringCode(relay, await victim.begin());
    const own = await attacker.begin();
    expect(await attacker.finishRefused(own, stolen)).toMatchObject({
      status: 400,
      code: 'response-mismatch',
    });

    const others = [await victim.begin(), await victim.begin({ providerId: 'another-provider' })];
    for (const other of others) {
      expect(await victim.finishRefused(other, stolen)).toMatchObject({
        status: 400,
        code: 'response-mismatch',
      });
    }
    expect(await relay.audit()).toContain('handle_refused');
    expect(endpoint.calls).toEqual([]);
  });

  test('A10: a handle is bound to its flow, key, provider and expiry one by one', async () => {
    const { relay, endpoint } = await openPair({ others: [{ id: 'another-provider' }] });
    const installation = await relay.join();
    const changes = [
      "thumbprint = 'another'",
      "provider_id = 'another-provider'",
      'expires_at_ms = expires_at_ms + 1',
    ];
    for (const change of changes) {
      const flow = await installation.begin();
      const handle = await bringCode(relay, flow);
      await relay.store.run(`UPDATE flows SET ${change} WHERE id = ?`, flow.flowId);
      const refusal = await installation.finishRefused(flow, handle);
      expect(['response-mismatch', 'key-mismatch'], change).toContain(refusal.code);
    }
    expect(endpoint.calls).toEqual([]);
  });
});

/** Queries that no honest provider sends; each must end in the static page or, where the state is good, an error. */
const hostileQueries: Array<{ name: string; query: (state: string) => string; bounces?: boolean }> = [
  { name: 'code and error together', query: (s) => `state=${s}&code=c%2Fx&error=access_denied` },
  { name: 'code twice', query: (s) => `state=${s}&code=c%2Fx&code=c%2Fy` },
  { name: 'state twice', query: (s) => `state=${s}&state=${s}&code=c%2Fx` },
  { name: 'error twice', query: (s) => `state=${s}&error=access_denied&error=access_denied` },
  { name: 'iss twice', query: (s) => `state=${s}&code=c%2Fx&iss=a&iss=b` },
  { name: 'neither code nor error', query: (s) => `state=${s}` },
  { name: 'no state', query: () => 'code=c%2Fx' },
  { name: 'empty', query: () => '' },
  { name: 'an empty state', query: () => 'state=&code=c%2Fx' },
  { name: 'an empty code', query: (s) => `state=${s}&code=` },
  { name: 'a state array', query: (s) => `state[]=${s}&code=c%2Fx` },
  { name: '100 kB of code', query: (s) => `state=${s}&code=${'x'.repeat(100_000)}` },
  { name: '100 kB of other parameters', query: (s) => `state=${s}&code=c%2Fx&pad=${'x'.repeat(100_000)}` },
  { name: 'NUL in the code', query: (s) => `state=${s}&code=c%2Fx%00y` },
  { name: 'CRLF in the code', query: (s) => `state=${s}&code=c%2Fx%0d%0aSet-Cookie:%20canary=1` },
  { name: 'a line feed after the code', query: (s) => `state=${s}&code=c%2Fx%0a` },
  {
    name: 'CRLF in the state',
    query: (s) => `state=${s}%0d%0aLocation:%20https://canary.example&code=c%2Fx`,
  },
  { name: 'bytes that are no UTF-8', query: (s) => `state=${s}&code=%ff%fe%c0%80canary` },
  { name: 'a lone surrogate', query: (s) => `state=${s}&code=%ed%a0%80canary` },
  { name: 'HTML in the code', query: (s) => `state=${s}&code=<script>canary</script> x` },
  { name: 'HTML in the state', query: () => `state=<b>canary</b>&code=c%2Fx` },
  { name: 'CRLF in the error', query: (s) => `state=${s}&error=%0d%0aSet-Cookie:canary=1`, bounces: true },
  { name: 'CRLF in iss', query: (s) => `state=${s}&code=c%2Fx&iss=%0d%0acanary` },
];

describe('hostile callbacks', () => {
  test.for(hostileQueries)('A11: a callback with $name echoes nothing and exchanges nothing', async (row) => {
    const { relay, endpoint } = await openPair();
    const flow = await (await relay.join()).begin();
    const answer = await relay.fetch(`${relay.publicUrl}/callback/fatture-in-cloud?${row.query(flow.state)}`);
    if (row.bounces === true) {
      expect(locationOf(answer).href).toBe(`${chromeTarget}?state=${flow.state}&error=server_error`);
    } else await expectDeadEnd(answer.clone());
    const whole = JSON.stringify([...answer.headers]) + (await answer.text());
    expect(whole).not.toContain('canary');
    expect(answer.headers.has('set-cookie')).toBe(false);
    expect(relay.log.join('')).not.toContain('canary');
    expect(endpoint.calls).toEqual([]);
  });

  test('A11: a listening relay refuses the same queries, as raw bytes too, and goes on serving', async () => {
    const folder = temporaryFolder();
    const environment = {
      STAFFETTA_DATA_DIR: folder,
      STAFFETTA_FATTURE_IN_CLOUD_CLIENT_ID: credentials.clientId,
      STAFFETTA_FATTURE_IN_CLOUD_CLIENT_SECRET: credentials.clientSecret,
    };
    const port = await freePort();
    const relay = await startRelay(port, environment);
    const { stdout } = await runRelay(['invite', 'Mario Rossi'], {
      ...environment,
      STAFFETTA_PORT: String(port),
    });
    const installation = await Installation.create(relay);
    await installation.enrol(stdout.trim().split('#')[1] ?? '');
    await installation.openSession();
    const flow = await installation.begin();

    const rawTargets = [
      ...hostileQueries.map(({ query }) => encodeURI(query(flow.state)).replaceAll('%25', '%')),
      `state=${flow.state}&code=raw\0canary`,
      `state=${flow.state}&code=raw\u00ff\u0080canary`,
    ];
    for (const query of rawTargets) {
      const answer = await sendRaw(
        port,
        `GET /callback/fatture-in-cloud?${query} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`,
      );
      expect(answer, query).toMatch(/^HTTP\/1\.1 (?:400 |431 |303 .*error=server_error)/s);
      expect(answer).not.toContain('canary');
      expect(answer).not.toMatch(/^set-cookie:/im);
      expect(answer).not.toContain('handle=');
    }
    expect((await relay.fetch(`${relay.publicUrl}/health`)).status).toBe(200);
    expect(relay.lines.join('\n')).not.toContain('canary');
  });
});

/** Sends bytes to loopback as they are and reads the answer to its end. */
async function sendRaw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  // A relay that refuses mid-request may cut the rest off; what it said first still counts.
  socket.on('error', () => undefined);
  socket.write(Buffer.from(bytes, 'latin1'));
  return text(socket);
}

describe('declined and failed', () => {
  test('A12: a refusal at the provider travels to the extension as access_denied and leaves nothing', async () => {
    const { relay, endpoint } = await openPair();
    const installation = await relay.join();
    const flow = await installation.begin({ redirectKind: 'firefox' });
    const answer = await relay.callback({ state: flow.state, error: 'access_denied' });
    const { firefox } = relay.config.redirectTargets;
    expect(answer.status).toBe(303);
    expect(locationOf(answer).href).toBe(`${firefox}?state=${flow.state}&error=access_denied`);
    expect((await installation.call(listConnections)).connections).toEqual([]);
    expect(endpoint.calls).toEqual([]);
  });

  test('A13: an unknown error with hostile words becomes server_error; the words are neither shown nor kept', async () => {
    const { relay } = await openPair();
    const flow = await (await relay.join()).begin();
    const answer = await relay.callback({
      state: flow.state,
      error: 'canary_error"><script>',
      error_description: 'canary: call +39 02 0000 and give your password',
      error_uri: 'https://canary.example/phish',
    });
    expect(locationOf(answer).href).toBe(`${chromeTarget}?state=${flow.state}&error=server_error`);
    const tables = ['flows', 'connections', 'audit'];
    const rows = await Promise.all(tables.map((table) => relay.store.all(`SELECT * FROM ${table}`)));
    expect(JSON.stringify(rows)).not.toContain('canary');
    expect(relay.log.join('')).not.toContain('canary');
  });

  test("A13: a token endpoint's own words are neither answered nor logged", async () => {
    const { relay, endpoint } = await openPair();
    const installation = await relay.join();
    endpoint.next({
      status: 400,
      body: { error: 'canary_error', error_description: 'canary words', error_uri: 'https://canary.example' },
    });
    const flow = await installation.begin();
    const refusal = await installation.finishRefused(flow, await bringCode(relay, flow));
    expect(refusal).toMatchObject({ status: 502, code: 'provider-refused' });
    expect(JSON.stringify(refusal) + relay.log.join('')).not.toContain('canary');
  });
});

/** In the manner of oauth2-proxy's table of open redirects: none of these is a place where a flow may end. */
const hostileTargets = [
  'https://evil.example/',
  'https://evil.example/connected',
  'http://evil.example',
  '//evil.example',
  '///evil.example',
  '////evil.example/%2e%2e',
  '/\\evil.example',
  '\\\\evil.example',
  'https:\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '\thttps://evil.example',
  'https:/evil.example',
  'https:evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  'chrome-extension://fbiddfofphmlhbfnlpgeinmogneedfga/popup.html',
  'https://chromiumapp.org/connected',
  'https://abcdefghijklmnopabcdefghijklmnop.chromiumapp.org/connected',
  `https://${chromeExtensionIdDefault}.chromiumapp.org.evil.example/connected`,
  `https://${chromeExtensionIdDefault}.chromiumapp.org@evil.example/connected`,
  `https://${chromeExtensionIdDefault}.chromiumapp.org:8443/connected`,
  `https://user@${chromeExtensionIdDefault}.chromiumapp.org/connected`,
  `https://${chromeExtensionIdDefault}.chromiumapp.org./connected`,
  `https://${chromeExtensionIdDefault.toUpperCase()}.CHROMIUMAPP.ORG/connected`,
  `https://${chromeExtensionIdDefault}.chromiumapp.org\\.evil.example/connected`,
  `https://${chromeExtensionIdDefault}.chromiumapp.org%2eevil.example/connected`,
  `https://${chromeExtensionIdDefault}-chromiumapp.org/connected`,
  `https://evil.example/?x=${chromeExtensionIdDefault}.chromiumapp.org`,
  `https://evil.example/#${chromeExtensionIdDefault}.chromiumapp.org`,
  'https://evil.extensions.allizom.org/connected',
  'Chrome',
  'CHROME',
  'chrome ',
  ' chrome',
  'chrome\n',
  'chrome\0',
  'chrome,firefox',
  'ｃｈｒｏｍｅ',
  'edge',
  '',
];

describe('where a flow may end', () => {
  test('A14: the caller names a kind of browser and nothing else: every other target is refused', async () => {
    const { relay } = await openPair();
    const installation = await relay.join();
    const challenge = () => randomBytes(32).toString('base64url');
    const plain = {
      providerId: 'fatture-in-cloud',
      scopes: ['entity.clients:r'],
      redirectKind: 'chrome' as const,
    };
    for (const target of hostileTargets) {
      const asKind = { ...plain, codeChallenge: challenge(), redirectKind: target as 'chrome' };
      const refusal = await installation.refusal(createFlow, { input: asKind });
      expect(refusal, target).toMatchObject({
        status: 400,
        code: 'request-invalid',
        fields: ['redirectKind'],
      });
      for (const name of ['redirectUri', 'redirect_uri', 'redirect', 'next', 'target', 'returnTo']) {
        const input = { ...plain, codeChallenge: challenge(), [name]: target };
        expect((await installation.refusal(createFlow, { input })).status, `${name}=${target}`).toBe(400);
      }
    }
    for (const notText of [null, 1, true, ['chrome'], { chrome: true }]) {
      const input = { ...plain, codeChallenge: challenge(), redirectKind: notText as unknown as 'chrome' };
      expect((await installation.refusal(createFlow, { input })).status).toBe(400);
    }
    expect(await relay.store.all('SELECT id FROM flows')).toEqual([]);
  });

  const settings = [
    ...hostileTargets
      .filter((target) => target.trim() !== '')
      .map((value) => ['STAFFETTA_CHROME_EXTENSION_ID', value]),
    ['STAFFETTA_CHROME_EXTENSION_ID', chromeExtensionIdDefault.toUpperCase()],
    ['STAFFETTA_CHROME_EXTENSION_ID', `${chromeExtensionIdDefault}.`],
    ['STAFFETTA_CHROME_EXTENSION_ID', `${chromeExtensionIdDefault}\n`],
    ['STAFFETTA_CHROME_EXTENSION_ID', `evil.example/${chromeExtensionIdDefault}`],
    ['STAFFETTA_CHROME_EXTENSION_ID', `${chromeExtensionIdDefault}@evil.example/`],
    ['STAFFETTA_CHROME_EXTENSION_ID', `${chromeExtensionIdDefault}a`],
    ['STAFFETTA_CHROME_EXTENSION_ID', chromeExtensionIdDefault.slice(1)],
    ['STAFFETTA_FIREFOX_ADDON_ID', 'no-at-sign'],
    ['STAFFETTA_FIREFOX_ADDON_ID', 'staffetta@evil.example/x'],
    ['STAFFETTA_FIREFOX_ADDON_ID', 'staffetta@example.com\n'],
    ['STAFFETTA_FIREFOX_ADDON_ID', 'two@at@signs'],
    ['STAFFETTA_PUBLIC_URL', 'http://relay.example.com'],
    ['STAFFETTA_PUBLIC_URL', 'http://localhost.evil.example'],
    ['STAFFETTA_PUBLIC_URL', 'http://127.0.0.1.evil.example'],
    ['STAFFETTA_PUBLIC_URL', 'http://127.0.0.1@evil.example'],
    ['STAFFETTA_PUBLIC_URL', 'https://relay.example.com@evil.example'],
    ['STAFFETTA_PUBLIC_URL', 'https://user:secret@relay.example.com'],
    ['STAFFETTA_PUBLIC_URL', 'https://relay.example.com/path'],
    ['STAFFETTA_PUBLIC_URL', 'https://relay.example.com/?next=x'],
    ['STAFFETTA_PUBLIC_URL', 'https://relay.example.com/#x'],
    ['STAFFETTA_PUBLIC_URL', 'https://relay.example.com//'],
    ['STAFFETTA_PUBLIC_URL', 'https://RELAY.example.com'],
    ['STAFFETTA_PUBLIC_URL', 'https://relay.example.com.'],
    ['STAFFETTA_PUBLIC_URL', 'https://relay.example.com:443'],
    ['STAFFETTA_PUBLIC_URL', 'https://relay.example.com:99999'],
    ['STAFFETTA_PUBLIC_URL', 'https://relay.exam\tple.com'],
    ['STAFFETTA_PUBLIC_URL', 'https:\\\\relay.example.com'],
    ['STAFFETTA_PUBLIC_URL', 'https://relay.example.com\\@evil.example'],
    ['STAFFETTA_PUBLIC_URL', '//relay.example.com'],
    ['STAFFETTA_PUBLIC_URL', 'relay.example.com'],
    ['STAFFETTA_PUBLIC_URL', 'ftp://relay.example.com'],
    ['STAFFETTA_PUBLIC_URL', 'javascript:alert(1)'],
    ['STAFFETTA_PUBLIC_URL', 'https://'],
  ] as const;

  test.for(settings.map(([name = '', value = '']) => ({ name, value, shown: JSON.stringify(value) })))(
    'A14: $name set to $shown keeps the relay from starting',
    ({ name, value }) => {
      expect(() => readConfig({ [name]: value })).toThrow(ConfigError);
    },
  );

  test('A14: a flow ends at the one URL of its browser, whatever else is configured', () => {
    const config = readConfig({
      STAFFETTA_CHROME_EXTENSION_ID: 'abcdefghijklmnopabcdefghijklmnop',
      STAFFETTA_FIREFOX_ADDON_ID: 'staffetta@example.com',
    });
    expect(config.redirectTargets).toEqual({
      chrome: 'https://abcdefghijklmnopabcdefghijklmnop.chromiumapp.org/connected',
      firefox: 'https://bfc7e9587a8307616d6d94d93223ecc5972881a3.extensions.allizom.org/connected',
      tab: 'http://127.0.0.1:8787/connected',
    });
  });

  test('A15: parameters that ask for another destination are ignored at the start and at the callback', async () => {
    const { relay } = await openPair();
    const flow = await (await relay.join()).begin();
    const names = ['next', 'redirect', 'redirect_uri', 'r', 'url', 'returnTo', 'redirectKind'];
    const extra = names.map((name) => `${name}=https://evil.example`).join('&');
    const plainStart = locationOf(await relay.fetch(flow.startUrl)).href;
    expect(locationOf(await relay.fetch(`${flow.startUrl}?${extra}`)).href).toBe(plainStart);
    const answer = await relay.fetch(
      `${relay.publicUrl}/callback/fatture-in-cloud?${extra}&state=${flow.state}&code=c%2Fx`,
    );
    expect(locationOf(answer).href.startsWith(`${chromeTarget}?`)).toBe(true);
    expect([...locationOf(answer).searchParams.keys()]).toEqual(['state', 'handle']);
  });

  test('A15: the start URL names no redirect_uri, and the provider is given only the registered callback', async () => {
    const { relay } = await openPair();
    const flow = await (await relay.join()).begin();
    expect(flow.startUrl).toBe(`https://relay.example.com/connect/${flow.flowId}`);
    expect(locationOf(await relay.fetch(flow.startUrl)).searchParams.get('redirect_uri')).toBe(
      'https://relay.example.com/callback/fatture-in-cloud',
    );
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

describe('what the browser is answered', () => {
  test('A18: start and callback answer only 303 or the static page, with the headers that keep a code from leaking', async () => {
    const { relay } = await openPair();
    const flow = await (await relay.join()).begin();
    const paths = [
      `/connect/${flow.flowId}`,
      '/connect/flw_AAAAAAAAAAAAAAAAAAAAAA',
      '/connect/x',
      `/callback/fatture-in-cloud?state=${flow.state}&code=c%2Fx`,
      `/callback/fatture-in-cloud?state=${flow.state}&error=access_denied`,
      `/callback/other?state=${flow.state}&code=c%2Fx`,
      '/callback/fatture-in-cloud',
      '/callback/fatture-in-cloud?state=x&code=y',
    ];
    for (const path of paths) {
      const response = await relay.fetch(relay.publicUrl + path);
      expect([303, 400], path).toContain(response.status);
      expect(Object.fromEntries(response.headers), path).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'strict-transport-security': expect.stringMatching(/^max-age=\d{8}/) as string,
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'") as string,
      });
      expect(response.headers.has('set-cookie'), path).toBe(false);
      if (response.status === 303) expect(await response.text(), path).toBe('');
    }
  });

  test.for(['POST', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'A19: %s at start and callback is refused without effect',
    async (method) => {
      const { relay, endpoint } = await openPair();
      const flow = await (await relay.join()).begin();
      const before = await relay.audit();
      const urls = [
        flow.startUrl,
        `${relay.publicUrl}/callback/fatture-in-cloud?state=${flow.state}&code=c%2Fx`,
      ];
      for (const url of urls) {
        const response = await relay.fetch(url, { method });
        expect(response.status).toBe(405);
        expect(response.headers.get('allow')).toBe('GET');
        expect(response.headers.has('location')).toBe(false);
      }
      expect(await relay.audit()).toEqual(before);
      expect(endpoint.calls).toEqual([]);
      expect((await relay.callback({ state: flow.state, code: 'c/x' })).status).toBe(303);
    },
  );

  test('A20: a relay restarted between start and callback finishes the flow', async () => {
    const endpoint = await openTokenEndpoint();
    const port = await freePort();
    const environment = {
      STAFFETTA_DATA_DIR: temporaryFolder(),
      STAFFETTA_PORT: String(port),
      STAFFETTA_FATTURE_IN_CLOUD_CLIENT_ID: credentials.clientId,
      STAFFETTA_FATTURE_IN_CLOUD_CLIENT_SECRET: credentials.clientSecret,
      STAFFETTA_FATTURE_IN_CLOUD_ORIGIN: endpoint.origin,
    };
    const { stdout } = await runRelay(['invite', 'Mario Rossi'], environment);
    const first = await startRelay(port, environment);
    const installation = await Installation.create(first);
    await installation.enrol(stdout.trim().split('#')[1] ?? '');
    await installation.openSession();
    const flow = await installation.begin();
    expect((await first.fetch(flow.startUrl, { redirect: 'manual' })).status).toBe(303);
    await first.stop();

    const second = await startRelay(port, environment);
    const callback = `${second.publicUrl}/callback/fatture-in-cloud?state=${flow.state}&code=c%2Fafter-restart`;
    const answer = await second.fetch(callback, { redirect: 'manual' });
    const { connection } = await installation.finish(flow, handleIn(answer));
    expect(connection.status).toBe('active');
    expect(endpoint.calls.map(({ form }) => form.get('code'))).toEqual(['c/after-restart']);
  });
});
