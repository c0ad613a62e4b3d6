import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createEnrolment } from '../../shared/api/enrolments.ts';
import { createFlow } from '../../shared/api/flows.ts';
import { createGrant } from '../../shared/api/grants.ts';
import { listConnections } from '../../shared/api/connections.ts';
import { endpoints } from '../../shared/api/registry.ts';
import { createSession } from '../../shared/api/sessions.ts';
import { chromeExtensionIdDefault } from '../../relay/config/config.ts';
import { createApp } from '../../relay/app.ts';
import { noonMs, openRelay, type TestRelay } from '../relay/harness.ts';
import { Installation, refusalIn } from '../relay/installation.ts';
import { freePort } from '../../scripts/port.ts';
import { runRelay, startRelay, temporaryFolder } from '../relay/process.ts';
import { openTokenEndpoint } from '../relay/token-endpoint.ts';

const tables = ['members', 'invites', 'installations', 'sessions', 'flows', 'connections', 'audit'];

/** Everything the relay has written down. */
const everything = async (relay: TestRelay): Promise<string> =>
  JSON.stringify(await Promise.all(tables.map((table) => relay.store.all(`SELECT * FROM ${table}`))));

const flowInput = (changes: Record<string, unknown> = {}) => ({
  providerId: 'fatture-in-cloud',
  scopes: ['entity.clients:r'],
  codeChallenge: randomBytes(32).toString('base64url'),
  redirectKind: 'chrome',
  ...changes,
});

/** A `createFlow` request whose body is sent exactly as written. */
const flowRequest = (body: string) => ({ method: 'POST', path: createFlow.path, body });

describe('requests of web pages', () => {
  const body = JSON.stringify(flowInput());
  const requests: Array<{ name: string; init: RequestInit }> = [
    { name: 'a simple POST', init: { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body } },
    {
      name: 'a no-cors POST',
      init: { method: 'POST', headers: { 'Sec-Fetch-Mode': 'no-cors', 'Content-Type': 'text/plain' }, body },
    },
    {
      name: 'a form',
      init: { method: 'POST', body: new URLSearchParams({ providerId: 'fatture-in-cloud' }) },
    },
    {
      name: 'a multipart form',
      init: { method: 'POST', headers: { 'Content-Type': 'multipart/form-data; boundary=x' }, body: '--x--' },
    },
    {
      name: 'a beacon',
      init: {
        method: 'POST',
        headers: { 'Sec-Fetch-Dest': 'empty', 'Content-Type': 'text/plain;charset=UTF-8' },
        body,
      },
    },
    {
      name: 'a fetch with JSON',
      init: { method: 'POST', headers: { 'Content-Type': 'application/json' }, body },
    },
    { name: 'a GET', init: { method: 'GET' } },
    { name: 'a DELETE', init: { method: 'DELETE' } },
    {
      name: 'a preflight',
      init: {
        method: 'OPTIONS',
        headers: {
          'Access-Control-Request-Method': 'POST',
          'Access-Control-Request-Headers': 'authorization,dpop,content-type',
        },
      },
    },
  ];
  const origins = [
    'https://evil.example',
    'null',
    'https://relay.example.com',
    'https://relay.example.com.evil.example',
    'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
    `chrome-extension://${chromeExtensionIdDefault}.evil.example`,
    'moz-extension://evil.example',
    'moz-extension://00000000-0000-0000-0000-000000000000.evil.example',
  ];

  test.for(requests)('E2: $name from a web page has no effect and is allowed nothing', async ({ init }) => {
    const relay = await openRelay();
    await relay.join();
    const before = await everything(relay);
    for (const origin of origins) {
      for (const { path } of endpoints) {
        const headers = new Headers(init.headers);
        headers.set('Origin', origin);
        headers.set('Sec-Fetch-Site', 'cross-site');
        const response = await relay.fetch(relay.publicUrl + path, { ...init, headers });
        expect(response.status, `${origin} ${path}`).toBe(403);
        const allowances = [...response.headers.keys()].filter((name) => name.startsWith('access-control-'));
        expect(allowances).toEqual([]);
      }
    }
    expect(await everything(relay)).toBe(before);
  });

  test('E2: even a request that an installation signed is refused when a web page sends it', async () => {
    const relay = await openRelay();
    const installation = await relay.join();
    const before = await everything(relay);
    for (const origin of origins) {
      const response = await installation.send(flowRequest(body), { headers: { Origin: origin } });
      expect(await refusalIn(response)).toMatchObject({ status: 403, code: 'origin-refused' });
    }
    expect(await everything(relay)).toBe(before);
  });

  test.for([
    `chrome-extension://${chromeExtensionIdDefault}`,
    'moz-extension://0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d',
  ])('E2: %s is an extension’s own origin and may call', async (origin) => {
    const installation = await (await openRelay()).join();
    const response = await installation.send(flowRequest(JSON.stringify(flowInput())), {
      headers: { Origin: origin },
    });
    expect(response.status).toBe(200);
  });

  test('E3: a cookie opens nothing: the session token counts only with its proof', async () => {
    const relay = await openRelay();
    const installation = await relay.join();
    const Cookie = `session=${installation.sessionToken}; DPoP=x; Authorization=DPoP ${installation.sessionToken}`;
    for (const { method, path } of endpoints) {
      const response = await relay.fetch(relay.publicUrl + path, {
        method,
        headers: { Cookie, 'Content-Type': 'application/json' },
        ...(method === 'POST' ? { body: '{}' } : {}),
      });
      expect(response.status, path).toBe(401);
      expect(response.headers.has('set-cookie'), path).toBe(false);
    }
  });

  test('E3: cookies beside a valid request change nothing', async () => {
    const relay = await openRelay();
    const [mario, anna] = [await relay.join('Mario Rossi'), await relay.join('Anna Bianchi')];
    const request = { method: 'POST', path: createSession.path, body: '{}', access: 'proof' as const };
    const response = await mario.send(request, { headers: { Cookie: `session=${anna.sessionToken}` } });
    expect(await response.json()).toMatchObject({ memberName: 'Mario Rossi' });
  });
});

describe('bodies', () => {
  const deep = (open: string, close: string, levels: number): string =>
    open.repeat(levels) + close.repeat(levels);
  const valid = JSON.stringify(flowInput());
  const inside = (extra: string): string => `${valid.slice(0, -1)},${extra}}`;

  const bodies: Array<{ name: string; body: string; status: number; type?: string }> = [
    { name: 'more than 32 KiB', body: inside(`"pad":"${'x'.repeat(33_000)}"`), status: 413 },
    { name: '10 MB', body: `"${'x'.repeat(10_000_000)}"`, status: 413 },
    { name: '32 KiB of brackets', body: deep('[', ']', 16_000), status: 400 },
    { name: 'objects 5,000 deep', body: deep('{"a":', '}', 5_000).replace('{"a":}', '{}'), status: 400 },
    { name: 'a deep member', body: inside(`"scopes":${deep('[', ']', 10_000)}`), status: 400 },
    { name: 'no JSON', body: 'providerId=fatture-in-cloud', status: 400 },
    { name: 'half of an object', body: valid.slice(0, -1), status: 400 },
    { name: 'two objects', body: valid + valid, status: 400 },
    { name: 'a comment', body: `/* */${valid}`, status: 400 },
    { name: 'nothing', body: ' ', status: 400 },
    { name: 'null', body: 'null', status: 400 },
    { name: 'a list', body: `[${valid}]`, status: 400 },
    { name: 'text', body: '"x"', status: 400 },
    { name: 'NaN', body: inside('"x":NaN'), status: 400 },
    { name: 'an unknown member', body: inside('"admin":true'), status: 400 },
    { name: '__proto__', body: inside('"__proto__":{"polluted":true}'), status: 400 },
    { name: 'constructor', body: inside('"constructor":{"prototype":{"polluted":true}}'), status: 400 },
    { name: 'prototype', body: inside('"prototype":{"polluted":true}'), status: 400 },
    { name: 'toString', body: inside('"toString":"x"'), status: 400 },
    { name: 'a member twice', body: inside('"redirectKind":"firefox"'), status: 400 },
    { name: 'a member twice, once escaped', body: inside('"redirect\\u004bind":"firefox"'), status: 400 },
    { name: 'text/plain', body: valid, status: 415, type: 'text/plain' },
    { name: 'a form type', body: valid, status: 415, type: 'application/x-www-form-urlencoded' },
    { name: 'a type that only begins like JSON', body: valid, status: 415, type: 'application/jsonp' },
    { name: 'application/problem+json', body: valid, status: 415, type: 'application/problem+json' },
    { name: 'an empty type', body: valid, status: 415, type: '' },
  ];

  test.for(bodies)('E4: a body with $name is refused with $status', async ({ body, status, type }) => {
    const relay = await openRelay();
    const installation = await relay.join();
    const before = await everything(relay);
    const headers = type === undefined ? {} : { headers: { 'Content-Type': type } };
    const response = await installation.send(flowRequest(body), headers);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(await everything(relay)).toBe(before);
    expect((await installation.send(flowRequest(JSON.stringify(flowInput())))).status).toBe(200);
  });

  test('E4: a body that understates its length, or states none, is counted as it comes', async () => {
    const relay = await openRelay();
    const installation = await relay.join();
    const stream = new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode('x'.repeat(10_000)));
      },
    });
    const proof = await installation.prove(flowRequest(''));
    const response = await relay.fetch(relay.publicUrl + createFlow.path, {
      method: 'POST',
      headers: {
        DPoP: proof,
        Authorization: `DPoP ${installation.sessionToken}`,
        'Content-Type': 'application/json',
      },
      body: stream,
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(413);
  });

  test('E4: a refusal names the fields of the contract and repeats nothing that was sent', async () => {
    const relay = await openRelay();
    const installation = await relay.join();
    const input = flowInput({
      scopes: ['canary'],
      codeChallenge: 'canary',
      redirectKind: 'canary',
      canary: 'canary',
    });
    const response = await installation.send(flowRequest(JSON.stringify(input)));
    const text = await response.text();
    expect(text).not.toContain('canary');
    const fields = (JSON.parse(text) as { fields?: string[] }).fields ?? [];
    expect([...fields].sort()).toEqual(['codeChallenge', 'redirectKind']);
    expect(relay.log.join('')).not.toContain('canary');
  });

  test('E4: bodies are not read before the caller is known', async () => {
    const relay = await openRelay();
    const response = await relay.fetch(relay.publicUrl + createFlow.path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: 'x'.repeat(100_000),
    });
    expect(response.status).toBe(401);
  });

  test('E4: an endpoint without input takes an empty object and no body alike, over a real connection too', async () => {
    const environment = { STAFFETTA_DATA_DIR: temporaryFolder() };
    const { stdout } = await runRelay(['invite', 'Mario Rossi'], environment);
    const listening = await startRelay(await freePort(), environment);
    const inProcess = await openRelay({ startMs: noonMs });
    const invites = [stdout.trim().split('#')[1] ?? '', await inProcess.invite()];
    for (const [index, relay] of [listening, inProcess].entries()) {
      const installation = await Installation.create(relay);
      await installation.enrol(invites[index] ?? '');
      for (const body of ['{}', undefined]) {
        const request = { method: 'POST', path: createSession.path, body, access: 'proof' as const };
        const response = await installation.send(request);
        expect(response.status, `${relay.publicUrl} ${body}`).toBe(200);
      }
    }
  });
});

describe('pages, health and refusals', () => {
  test('E6: no page of the relay can be framed, run script or load anything', async () => {
    const relay = await openRelay();
    const flow = await (await relay.join()).begin();
    const paths = [
      '/connect/x',
      `/connect/${flow.flowId}`,
      '/callback/fatture-in-cloud',
      '/callback/x',
      '/api',
    ];
    for (const path of paths) {
      const response = await relay.fetch(relay.publicUrl + path);
      const policy = response.headers.get('content-security-policy') ?? '';
      for (const directive of [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
      ]) {
        expect(policy, path).toContain(directive);
      }
      expect(policy, path).not.toMatch(/unsafe|script-src|\*/);
      const html = await response.text();
      expect(html, path).not.toMatch(/<(?:script|iframe|img|link|form|object|base)\b|\bon\w+=|https?:/i);
    }
  });

  test("E6: the page's own style is the one its policy names", async () => {
    const relay = await openRelay();
    for (const path of ['/connect/x', '/api']) {
      const response = await relay.fetch(relay.publicUrl + path);
      const style = /<style>([^]*?)<\/style>/.exec(await response.text())?.[1] ?? '';
      const digest = Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style)));
      expect(response.headers.get('content-security-policy'), path).toContain(
        `style-src 'sha256-${digest.toString('base64')}'`,
      );
    }
  });

  test('E6: every answer may be neither cached nor sniffed, nor tell where it came from', async () => {
    const relay = await openRelay();
    const paths = [
      '/health',
      '/ready',
      '/openapi.json',
      '/api',
      '/',
      '/nowhere',
      '/v1/connections',
      '/v1/nowhere',
      '/connect/x',
    ];
    for (const path of paths) {
      for (const method of ['GET', 'POST', 'HEAD', 'OPTIONS']) {
        const response = await relay.fetch(relay.publicUrl + path, { method });
        expect(Object.fromEntries(response.headers), `${method} ${path}`).toMatchObject({
          'cache-control': 'no-store',
          'referrer-policy': 'no-referrer',
          'x-content-type-options': 'nosniff',
          'strict-transport-security': 'max-age=31536000',
        });
      }
    }
  });

  test('E6: a relay on plain loopback does not ask for https', async () => {
    const relay = await openRelay({ publicUrl: 'http://127.0.0.1:8787' });
    const response = await relay.fetch(`${relay.publicUrl}/health`);
    expect(response.headers.has('strict-transport-security')).toBe(false);
  });

  test('E7: health says that it is well, and nothing about version, users or secrets', async () => {
    const endpoint = await openTokenEndpoint();
    const relay = await openRelay({ providerOrigin: endpoint.origin });
    await relay.connect(await relay.join());
    const health = await relay.fetch(`${relay.publicUrl}/health`);
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }]);
    const ready = await relay.fetch(`${relay.publicUrl}/ready`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }]);
    for (const path of ['/metrics', '/version', '/status', '/debug', '/.env', '/.git/config']) {
      expect((await relay.fetch(relay.publicUrl + path)).status, path).toBe(404);
    }
    for (const { headers } of relay.answers) {
      expect(headers.map(([name]) => name)).not.toContain('server');
      expect(headers.map(([name]) => name)).not.toContain('x-powered-by');
    }
  });

  test('E7: ready says so when the database has gone, and no more', async () => {
    const relay = await openRelay();
    await relay.close();
    const ready = await relay.fetch(`${relay.publicUrl}/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'unavailable' }]);
    expect((await relay.fetch(`${relay.publicUrl}/health`)).status).toBe(200);
  });

  test('E7: an unexpected failure is answered in fixed words with the id of its log line', async () => {
    const relay = await openRelay();
    const installation = await relay.join();
    await relay.store.run('ALTER TABLE connections RENAME TO lost');
    const response = await installation.send({ method: 'GET', path: listConnections.path });
    const problem = await refusalIn(response);
    expect(problem).toEqual({
      type: 'urn:staffetta:problem:internal',
      title: 'internal',
      status: 500,
      code: 'internal',
      instance: expect.stringMatching(/^urn:staffetta:request:[\w-]{16}$/) as string,
    });
    const requestId = problem.instance?.split(':').at(-1) ?? '';
    expect(
      relay.log.some((line) => line.includes(requestId) && /no such table|does not exist/.test(line)),
    ).toBe(true);
  });

  test('every route fits the router that finds them all at once: one that does not would slow each request', async () => {
    const relay = await openRelay();
    const app = createApp(relay.deps);
    await app.request('/health');
    expect(app.router.name).toContain('RegExpRouter');
  });

  test('E7: every endpoint refuses other methods and says which one it takes', async () => {
    const relay = await openRelay();
    const allowedAt = (path: string): string[] =>
      endpoints.filter((endpoint) => endpoint.path === path).map(({ method }) => method);
    for (const { path } of endpoints) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD']) {
        if (allowedAt(path).includes(method)) continue;
        const response = await relay.fetch(relay.publicUrl + path, { method });
        expect(response.status, `${method} ${path}`).toBe(405);
        expect(response.headers.get('allow')?.split(', '), `${method} ${path}`).toEqual(allowedAt(path));
      }
    }
  });

  test('E7: refusals of an endpoint keep the shape of its contract', async () => {
    const relay = await openRelay();
    const installation = await relay.join();
    const params = {
      connectionId: createGrant.params.parse({ connectionId: 'con_AAAAAAAAAAAAAAAAAAAAAA' }).connectionId,
    };
    for (const minTtlSeconds of [29, 601, 60.5, -1, '60' as unknown as number]) {
      const refusal = await installation.refusal(createGrant, { params, input: { minTtlSeconds } });
      expect(refusal).toMatchObject({ status: 400, fields: ['minTtlSeconds'] });
    }
    const other = { connectionId: 'con_short' as typeof params.connectionId };
    expect(await installation.refusal(createGrant, { params: other, input: {} })).toMatchObject({
      status: 400,
      fields: ['connectionId'],
    });
    const name = 'x'.repeat(81);
    expect(
      await installation.refusal(createEnrolment, {
        input: { invite: 'inv_AAAAAAAAAAAAAAAAAAAAAA', installationName: name },
      }),
    ).toMatchObject({ status: 400, fields: ['installationName'] });
  });
});
