import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { listConnections } from '../../shared/api/connections.ts';
import { bringCode, credentials, handleIn, locationOf } from '../relay/harness.ts';
import { Installation } from '../relay/installation.ts';
import { freePort } from '../../scripts/port.ts';
import { runRelay, startRelay, temporaryFolder } from '../relay/process.ts';
import { chromeTarget, expectDeadEnd, openPair } from './flow.ts';

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
