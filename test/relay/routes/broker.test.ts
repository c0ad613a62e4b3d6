import { describe, expect, it } from 'vitest';
import { brokeredPath, diagnosisHeader, readDiagnosis } from '../../../shared/api/broker.ts';
import type { Connection } from '../../../shared/api/connections.ts';
import { createGrant } from '../../../shared/api/grants.ts';
import { createManualConnection } from '../../../shared/api/manual-connections.ts';
import { createQuotas, type Quotas } from '../../../relay/provider/quotas.ts';
import { fattureInCloud } from '../../../shared/providers/fatture-in-cloud.ts';
import { stora } from '../../../shared/providers/stora.ts';
import { Failure } from '../../../shared/failure.ts';
import { credentials } from '../harness.ts';
import { refusalIn, type Installation } from '../installation.ts';
import { openSandboxed } from '../sandboxed.ts';

const clients = '/c/101/entities/clients';

/** A member whose calls the relay makes, with a token made by hand. */
async function open(environment: Record<string, string> = {}) {
  const world = await openSandboxed({ environment });
  const { relay, sandbox } = world;
  const installation = await relay.join();
  const { value: token } = sandbox.state.issueManual('demo@example.it', credentials.clientId, [
    'entity.clients:a',
  ]);
  const { connection } = await installation.call(createManualConnection, {
    input: { providerId: 'fatture-in-cloud', token },
  });
  return { ...world, installation, connection, token };
}

interface Broken {
  method?: string;
  body?: string;
  headers?: Record<string, string>;
}

/** One call as the extension makes it; `path` may be anything. */
function send(
  installation: Installation,
  connection: Pick<Connection, 'id'>,
  path: string,
  { method = 'GET', body, headers = {} }: Broken = {},
): Promise<Response> {
  const whole = brokeredPath(connection.id, path as `/${string}`);
  const [pathname = ''] = whole.split('?');
  return installation.send(
    { method: method as 'GET', path: pathname, body, access: 'session' },
    { url: installation.relay.publicUrl + whole, headers },
  );
}

describe('a token made by hand stays in the relay', () => {
  it('no answer, no row and no line of the log carries it, and no grant is given for it', async () => {
    const { relay, installation, connection, token } = await open();
    expect(connection).toMatchObject({ method: 'manual-token', accessMode: 'brokered', scopes: null });
    const params = { connectionId: connection.id };
    expect(await installation.refusal(createGrant, { params, input: {} })).toMatchObject({
      code: 'access-brokered',
    });
    expect((await send(installation, connection, clients)).status).toBe(200);
    const rows = await relay.store.all('SELECT * FROM connections');
    const audit = await relay.store.all('SELECT * FROM audit');
    expect(JSON.stringify([relay.answers, relay.log, rows, audit])).not.toContain(token);
  });

  it.for([
    ['not of the provider’s form', 'Bearer something'],
    ['that the provider does not know', 'a/unknown-token'],
    ['with a line break', 'a/unknown\ntoken'],
  ])('a token %s is refused, and nothing is kept of it', async ([, token = '']) => {
    const { relay } = await openSandboxed();
    const installation = await relay.join();
    const input = { providerId: 'fatture-in-cloud', token };
    expect(await installation.refusal(createManualConnection, { input })).toMatchObject({
      code: 'token-refused',
    });
    expect(await relay.store.all('SELECT id FROM connections')).toEqual([]);
    expect(JSON.stringify([relay.answers, relay.log])).not.toContain(token);
  });

  it('a provider that is down says nothing about a token', async () => {
    const { relay, sandbox } = await openSandboxed();
    const installation = await relay.join();
    sandbox.faults.down = true;
    const input = { providerId: 'fatture-in-cloud', token: 'a/whatever-token' };
    expect(await installation.refusal(createManualConnection, { input })).toMatchObject({
      code: 'provider-down',
    });
  });

  it('a new token takes the place of the old one without a gap', async () => {
    const { sandbox, installation, connection } = await open();
    const { value: token } = sandbox.state.issueManual('demo@example.it', credentials.clientId, [
      'entity.clients:r',
    ]);
    const again = await installation.call(createManualConnection, {
      input: { providerId: 'fatture-in-cloud', token },
    });
    expect(again.connection.id).toBe(connection.id);
    sandbox.state.issued[0]!.authorization.revoked = true;
    expect((await send(installation, connection, clients)).status).toBe(200);
  });

  it('where the team does not offer this way it is refused', async () => {
    const { relay } = await openSandboxed({
      environment: { STAFFETTA_FATTURE_IN_CLOUD_METHODS: 'authorization-code' },
    });
    const installation = await relay.join();
    const input = { providerId: 'fatture-in-cloud', token: 'a/whatever-token' };
    expect(await installation.refusal(createManualConnection, { input })).toMatchObject({
      code: 'not-allowed',
    });
  });
});

describe('only calls of allowed actions are made', () => {
  it.for([
    ['another path', '/c/101/taxes'],
    ['a path with dots', '/c/101/entities/clients/../../../user/info'],
    ['encoded dots', '/c/101/entities/%2e%2e/clients'],
    ['an encoded slash', '/c/101%2fentities/clients'],
    ['two slashes', '/c/101//entities/clients'],
    ['an end slash', '/c/101/entities/clients/'],
    ['a company that is no number', '/c/abc/entities/clients'],
    ['another host', '//evil.example/user/info'],
    ['the host of a URL', '/@evil.example/user/info'],
    ['an endless query', `/user/info?q=${'x'.repeat(5000)}`],
  ])('%s', async ([, path = '']) => {
    const { sandbox, installation, connection } = await open();
    const before = sandbox.exchanges.length;
    const response = await send(installation, connection, path);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(sandbox.exchanges).toHaveLength(before);
  });

  it('a method that no action uses, on a path that one does', async () => {
    const { sandbox, installation, connection } = await open();
    const before = sandbox.exchanges.length;
    for (const method of ['PUT', 'DELETE']) {
      const response = await send(installation, connection, clients, { method });
      expect(await refusalIn(response)).toMatchObject({ code: 'not-allowed' });
    }
    expect(sandbox.exchanges).toHaveLength(before);
  });

  it('writing, where the team allows reading only', async () => {
    const { installation, connection } = await open({
      STAFFETTA_FATTURE_IN_CLOUD_SCOPES: 'entity.clients:r',
    });
    expect((await send(installation, connection, clients)).status).toBe(200);
    const written = await send(installation, connection, clients, { method: 'POST', body: '{}' });
    expect(await refusalIn(written)).toMatchObject({ code: 'not-allowed' });
  });

  it('another member’s connection is as good as none, and so is one that is direct', async () => {
    const { relay, connection, connect } = await open();
    const stranger = await relay.join('Anna Bianchi');
    expect(await refusalIn(await send(stranger, connection, '/user/info'))).toMatchObject({
      code: 'not-found',
    });
    const { connection: direct } = await connect(stranger);
    expect(await refusalIn(await send(stranger, direct, '/user/info'))).toMatchObject({
      code: 'not-allowed',
    });
  });
});

describe('what passes between caller and provider', () => {
  it('of the caller nothing but the body and its kind; of the provider nothing but what the answer is', async () => {
    const { sandbox, installation, connection, token } = await open();
    const seen: Array<Record<string, string>> = [];
    const { fetch: plain } = globalThis;
    globalThis.fetch = (url, init) => {
      seen.push(Object.fromEntries(new Headers(init?.headers)));
      return plain(url, init);
    };
    sandbox.faults.next(`GET ${clients}`, { headers: { 'Set-Cookie': 'a=b', 'X-Powered-By': 'php' } });
    const response = await send(installation, connection, clients, {
      headers: {
        Cookie: 'x=y',
        'X-Forwarded-For': '192.0.2.9',
        'User-Agent': 'Anna’s laptop'.replace('’', ''),
      },
    }).finally(() => {
      globalThis.fetch = plain;
    });
    expect(seen).toEqual([{ accept: 'application/json', authorization: `Bearer ${token}` }]);
    expect(response.headers.has('set-cookie')).toBe(false);
    expect(response.headers.has('x-powered-by')).toBe(false);
    expect(response.headers.get('ratelimit-hourlyremaining')).toBe('999');
  });

  it('a refusal comes as the provider wrote it, with the reason beside it', async () => {
    const { sandbox, installation, connection } = await open();
    const response = await send(installation, connection, clients, { method: 'POST', body: '{"data":{}}' });
    expect(response.status).toBe(422);
    expect(await response.json()).toEqual(sandbox.exchanges.at(-1)?.responseBody);
    expect(readDiagnosis(response.headers.get(diagnosisHeader))).toEqual({
      code: 'provider-rejected-data',
      fields: ['data.name'],
    });
  });

  it('reading is tried again where the connection broke; writing never is', async () => {
    const { sandbox, installation, connection } = await open();
    sandbox.faults.next(`GET ${clients}`, { reset: true });
    expect((await send(installation, connection, clients)).status).toBe(200);
    sandbox.faults.next(`POST ${clients}`, { loseAnswer: true });
    const before = sandbox.state.clientsOf(101).length;
    const body = JSON.stringify({ data: { name: 'Nuova' } });
    const lost = await send(installation, connection, clients, { method: 'POST', body });
    expect(await refusalIn(lost)).toMatchObject({ code: 'outcome-unknown' });
    expect(sandbox.state.clientsOf(101)).toHaveLength(before + 1);
  });

  it('a body that is too large, or of no known kind, is not passed on', async () => {
    const { sandbox, installation, connection } = await open();
    const before = sandbox.exchanges.length;
    const large = JSON.stringify({ data: { name: 'x'.repeat(300_000) } });
    const tooLarge = await send(installation, connection, clients, { method: 'POST', body: large });
    expect(await refusalIn(tooLarge)).toMatchObject({ code: 'request-too-large' });
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const refused = await send(installation, connection, clients, {
      method: 'POST',
      body: 'a=b',
      headers: form,
    });
    expect(await refusalIn(refused)).toMatchObject({ code: 'media-type-refused' });
    expect(sandbox.exchanges).toHaveLength(before);
  });

  it('a file goes through as it comes, in both directions, and one that is too large is cut off', async () => {
    const { relay, sandbox, installation, connection } = await open();
    const file = 'x'.repeat(3_000_000);
    sandbox.faults.next(`GET ${clients}`, { status: 200, body: file, contentType: 'application/pdf' });
    const down = await send(installation, connection, clients);
    expect(down.headers.get('content-type')).toBe('application/pdf');
    expect(await down.text()).toBe(file);

    const kind = { 'Content-Type': 'multipart/form-data; boundary=edge' };
    const up = (content: string): Promise<Response> => {
      const body = `--edge\r\nContent-Disposition: form-data; name="attachment"; filename="a.pdf"\r\n\r\n${content}\r\n--edge--\r\n`;
      return send(installation, connection, clients, { method: 'POST', body, headers: kind });
    };
    sandbox.faults.next(`POST ${clients}`, { status: 200, body: { data: {} } });
    expect((await up(file)).status).toBe(200);
    expect(String(sandbox.exchanges.at(-1)?.requestBody)).toContain(file.slice(0, 1000));
    const before = sandbox.state.clientsOf(101).length;
    expect(await refusalIn(await up('x'.repeat(26 * 1024 * 1024)))).toMatchObject({
      code: 'request-too-large',
    });
    expect(sandbox.state.clientsOf(101)).toHaveLength(before);
    expect(relay.log.join('')).not.toContain('unexpected failure');
  });

  it('a redirect of the provider is not followed', async () => {
    const { sandbox, installation, connection } = await open();
    sandbox.faults.next(`GET ${clients}`, { status: 302, headers: { Location: 'https://evil.example/' } });
    expect(await refusalIn(await send(installation, connection, clients))).toMatchObject({
      code: 'provider-unexpected',
    });
  });

  it('every write stands in the audit log, and one that cannot be written down is not made', async () => {
    const { relay, sandbox, installation, connection } = await open();
    const body = JSON.stringify({ data: { name: 'Nuova' } });
    await send(installation, connection, clients, { method: 'POST', body });
    expect(await relay.audit()).toContain('api_written');
    const before = sandbox.exchanges.length;
    await relay.store.run('ALTER TABLE audit RENAME TO lost');
    const refused = await send(installation, connection, clients, { method: 'POST', body });
    expect(refused.status).toBe(500);
    expect(sandbox.exchanges).toHaveLength(before);
  });
});

describe('quotas', () => {
  const call = (memberId: string, isBackground = false) => ({ path: '/c/1/x', memberId, isBackground });

  it('one runaway member leaves a fifth of every quota to the others, and background work leaves more', async () => {
    const made = async (quotas: Quotas, memberId: string, isBackground = false): Promise<number> => {
      for (let count = 0; ; count += 1) {
        try {
          await quotas.enter(fattureInCloud, call(memberId, isBackground));
        } catch (error) {
          expect(error).toMatchObject({ code: 'quota', retryAfterSeconds: 300 });
          return count;
        }
      }
    };
    const busy = createQuotas(() => 0);
    expect(await made(busy, 'robot', true)).toBe(210);
    expect(await made(busy, 'runaway')).toBe(90);
    const others = createQuotas(() => 0);
    expect(await made(others, 'runaway')).toBe(240);
    expect(await made(others, 'colleague')).toBe(60);
    await others.enter(fattureInCloud, { ...call('colleague'), path: '/c/2/x' });
  });

  it('what the provider says is left counts more than our own count, and its pause is kept', async () => {
    let now = 0;
    const quotas = createQuotas(() => now);
    const turn = await quotas.enter(fattureInCloud, call('a'));
    turn.learn(200, new Headers({ 'RateLimit-HourlyRemaining': '0' }));
    await expect(quotas.enter(fattureInCloud, call('a'))).rejects.toThrow(Failure);
    now = 3_600_000;
    (await quotas.enter(fattureInCloud, call('a'))).learn(429, new Headers({ 'Retry-After': '40' }));
    now += 30_000;
    await expect(quotas.enter(fattureInCloud, call('b'))).rejects.toMatchObject({ retryAfterSeconds: 10 });
    now += 10_000;
    await quotas.enter(fattureInCloud, call('b'));
  });

  it('a short window is waited for, and everybody has their turn', async () => {
    const quotas = createQuotas(() => Date.now());
    const startedAt = performance.now();
    const members = Array.from({ length: 25 }, (_, index) => `member-${index}`);
    await Promise.all(
      members.map((memberId) => quotas.enter(stora, { path: '/x', memberId, isBackground: false })),
    );
    // Ten a second: the 25th cannot have gone before the third second began.
    expect(performance.now() - startedAt).toBeGreaterThan(1_000);
  });

  it('the relay refuses before the provider has to', async () => {
    const { sandbox, installation, connection } = await open();
    sandbox.state.limits.hourlyCalls = 1;
    expect((await send(installation, connection, clients)).status).toBe(200);
    const before = sandbox.exchanges.length;
    const refused = await refusalIn(await send(installation, connection, clients));
    expect(refused).toMatchObject({ code: 'quota', status: 429 });
    expect(sandbox.exchanges).toHaveLength(before);
  });
});
