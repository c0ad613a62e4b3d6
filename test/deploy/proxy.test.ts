import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { listConnections } from '../../shared/api/connections.ts';
import { noticesPath } from '../../shared/api/notices.ts';
import { createSession } from '../../shared/api/sessions.ts';
import { makePass, Seen } from '../../relay/doctor/pass.ts';
import { freePort } from '../../scripts/port.ts';
import { createDatabase } from '../postgres/database.ts';
import { vaultOf } from '../relay/harness.ts';
import { Installation, type Reachable } from '../relay/installation.ts';
import { runRelay, temporaryFolder } from '../relay/process.ts';
import { useBundle } from './bundle.ts';
import { startHeldRelay } from './held-relay.ts';
import { proxyObstacle, relayName, startProxy, type Proxy } from './proxy.ts';

const bundle = useBundle();

const publicUrl = `https://${relayName}`;

/** Relays on one PostgreSQL behind a proxy, as docs/self-hosting.md says. */
async function openSite(name: 'nginx' | 'caddy', instances: number, further: Record<string, string> = {}) {
  const key = randomBytes(32).toString('base64');
  const program = bundle();
  const environment = {
    STAFFETTA_PUBLIC_URL: publicUrl,
    STAFFETTA_TRUSTED_PROXIES: '127.0.0.1',
    STAFFETTA_DATABASE_URL: await createDatabase(),
    STAFFETTA_VAULT_KEY: key,
    STAFFETTA_DATA_DIR: temporaryFolder(),
    ...further,
  };
  const ports = await Promise.all(Array.from({ length: instances }, () => freePort()));
  const relays = await Promise.all(ports.map((port) => startHeldRelay(port, environment, program.entry)));
  const proxy = await startProxy(name, ports);
  return {
    proxy,
    relays,
    pass: (): string => makePass(vaultOf(key), Date.now()),
    /** Every line that any relay has logged. */
    logged: (): string => relays.flatMap(({ lines }) => lines).join('\n'),
    /** A member's browser that calls through the proxy. */
    async join(from = '127.0.0.1'): Promise<Installation> {
      const reachable: Reachable = {
        publicUrl,
        now: Date.now,
        fetch: (url, init) => proxy.fetch(url, init, from),
      };
      const { stdout } = await runRelay(['invite', 'Mario Rossi'], environment, undefined, program);
      const installation = await Installation.create(reachable);
      await installation.enrol(stdout.trim().split('#')[1] ?? '');
      await installation.openSession();
      return installation;
    },
  };
}

/** What comes back over a bare connection until the proxy closes it. */
async function said(proxy: Proxy, bytes: string, from?: string): Promise<string> {
  const socket = proxy.open(from);
  await once(socket, 'secureConnect');
  const answer = text(socket).catch(() => '');
  socket.write(bytes, 'latin1');
  const timer = setTimeout(() => socket.destroy(), 15_000);
  const result = await answer;
  clearTimeout(timer);
  return result;
}

/** Until Caddy has asked a relay how it is, and again: a slow start may have made it turn away. */
async function untilAsked({ lines }: { lines: readonly string[] }): Promise<void> {
  const asked = (): number => lines.filter((line) => line.includes('"path":"/ready","status":200')).length;
  await expect.poll(asked, { timeout: 60_000 }).toBeGreaterThan(asked() + 1);
}

const madeUp = '203.0.113.7';

/** Header lines with which strangers give themselves another address. */
const lies: ReadonlyArray<readonly [what: string, ...lines: string[]]> = [
  ['X-Forwarded-For', `X-Forwarded-For: ${madeUp}`],
  ['it twice', `X-Forwarded-For: ${madeUp}`, `X-Forwarded-For: ${madeUp}`],
  ['a list that ends with the proxy', `X-Forwarded-For: ${madeUp}, 127.0.0.1`],
  ['other letters', `x-FORWARDED-for: ${madeUp}`],
  ['an underscore', `X_Forwarded_For: ${madeUp}`],
  ['Forwarded', `Forwarded: for=${madeUp};host=evil.example`],
  ['Forwarded with a hidden second', `Forwarded: for="_x", for=${madeUp}`],
  ['X-Real-IP', `X-Real-IP: ${madeUp}`],
  ['X-Forwarded-Host', 'X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: http'],
  [
    'Connection that takes the proxy’s header away',
    'Connection: close, X-Forwarded-For',
    `Forwarded: for=${madeUp}`,
  ],
  ['a folded line', `X-Forwarded-For:\r\n ${madeUp}`],
  ['a space before the colon', `X-Forwarded-For : ${madeUp}`],
];

describe.for(['nginx', 'caddy'] as const)('behind %s with our configuration', (name) => {
  const obstacle = proxyObstacle(name);

  test('nobody becomes somebody else by a header', { timeout: 60_000 }, async ({ skip }) => {
    skip(obstacle !== null, obstacle ?? '');
    const { proxy, pass } = await openSite(name, 1);
    for (const [what, ...lines] of lies) {
      const head = ['GET /doctor HTTP/1.1', `Host: ${relayName}`, `Authorization: ${pass()}`, ...lines];
      const closing = lines.some((line) => line.startsWith('Connection')) ? [] : ['Connection: close'];
      const answer = await said(proxy, [...head, ...closing, '', ''].join('\r\n'), '127.0.0.2');
      const [start = '', body = ''] = answer.split('\r\n\r\n');
      if (start.startsWith('HTTP/1.1 200')) {
        const seen = Seen.parse(JSON.parse(/\{.*\}/s.exec(body)?.[0] ?? 'null'));
        expect(seen, what).toMatchObject({ address: '127.0.0.2', forwarded: '127.0.0.2', peer: '127.0.0.1' });
      } else expect(start, what).toMatch(/^HTTP\/1\.1 400/);
    }
  });

  test(
    'a flood from one address shuts out that address alone, whatever it claims to be',
    { timeout: 60_000 },
    async ({ skip }) => {
      skip(obstacle !== null, obstacle ?? '');
      const { proxy } = await openSite(name, 1);
      const ask = async (from: string, claimed: string): Promise<number> => {
        const answer = await proxy.fetch(
          `${publicUrl}/ready`,
          { headers: { 'X-Forwarded-For': claimed } },
          from,
        );
        await answer.text();
        return answer.status;
      };
      const statuses: number[] = [];
      // More than twice the limit: a minute may end in between.
      for (let sent = 0; sent < 1_000 && !statuses.includes(429); sent += 20) {
        const claims = Array.from({ length: 20 }, (_, index) => `203.0.${sent % 250}.${index}`);
        statuses.push(...(await Promise.all(claims.map((claimed) => ask('127.0.0.2', claimed)))));
      }
      expect(statuses).toContain(429);
      expect(await ask('127.0.0.3', '127.0.0.2')).toBe(200);
    },
  );

  test(
    'notices arrive while their stream is open, not when it ends',
    { timeout: 60_000 },
    async ({ skip }) => {
      skip(obstacle !== null, obstacle ?? '');
      const { proxy, join } = await openSite(name, 1);
      const installation = await join();
      const stream = await installation.send({ method: 'GET', path: noticesPath });
      expect([stream.status, stream.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
      const reader = stream.body?.getReader();
      const { value } = (await reader?.read()) ?? {};
      expect(new TextDecoder().decode(value)).toMatch(/^\{"beatAtMs":\d+\}\n$/);
      await reader?.cancel();
      expect((await proxy.fetch(`${publicUrl}/health`)).status).toBe(200);
    },
  );

  test(
    'no address with a code and no proof stands in its logs, also when no relay answers',
    { timeout: 60_000 },
    async ({ skip }) => {
      skip(obstacle !== null, obstacle ?? '');
      const { proxy, relays } = await openSite(name, 1);
      const ask = async (): Promise<number> => {
        const path = '/callback/fatture-in-cloud?code=canary-code&state=canary-state';
        const headers = { DPoP: 'canary-proof', Authorization: 'DPoP canary-session' };
        return (await proxy.fetch(publicUrl + path, { headers })).status;
      };
      expect(await ask()).toBe(400);
      await relays[0]?.stop();
      expect(await ask()).toBeGreaterThanOrEqual(500);
      expect(proxy.logged()).not.toContain('canary');
    },
  );

  test(
    'starting two instances anew, one by one and under load, fails no request: each has a socket that outlives it',
    { timeout: 120_000 },
    async ({ skip }) => {
      skip(obstacle !== null, obstacle ?? '');
      const site = await openSite(name, 2, { STAFFETTA_LIMIT_FACTOR: '1000' });
      const browsers = await Promise.all(Array.from({ length: 6 }, () => site.join()));
      const statuses = new Map<string, number>();
      const answered = (): number => [...statuses.values()].reduce((sum, count) => sum + count, 0);
      let goesOn = true;
      const work = async (browser: Installation): Promise<void> => {
        for (let turn = 0; goesOn; turn += 1) {
          const endpoint = turn % 2 === 0 ? listConnections : createSession;
          const outcome = await browser.request(endpoint).then(
            async (answer) => {
              await answer.text();
              return `${endpoint.method} ${answer.status}`;
            },
            (error: unknown) => `${endpoint.method} ${String(error)}`,
          );
          statuses.set(outcome, (statuses.get(outcome) ?? 0) + 1);
        }
      };
      const working = browsers.map(work);
      for (let round = 0; round < (name === 'caddy' ? 2 : 3); round += 1) {
        for (const relay of site.relays) {
          const before = answered();
          await relay.restart();
          await expect.poll(answered, { timeout: 60_000 }).toBeGreaterThan(before + 30);
          if (name === 'caddy') await untilAsked(relay);
        }
      }
      goesOn = false;
      await Promise.all(working);
      expect([...statuses.keys()].toSorted()).toEqual(['GET 200', 'POST 200']);
    },
  );
});

/** Requests that two servers may read in two ways; the second request of each is one that must never be read. */
const smuggled = `GET /ready HTTP/1.1\r\nHost: ${relayName}\r\n\r\n`;
const post = (...lines: string[]): string =>
  ['POST /v1/sessions HTTP/1.1', `Host: ${relayName}`, ...lines].join('\r\n');
const twofold: ReadonlyArray<readonly [what: string, bytes: string]> = [
  [
    'a length and chunks',
    `${post('Content-Length: 6', 'Transfer-Encoding: chunked')}\r\n\r\n0\r\n\r\n${smuggled}`,
  ],
  ['two lengths', `${post('Content-Length: 0', `Content-Length: ${smuggled.length}`)}\r\n\r\n${smuggled}`],
  ['a list of lengths', `${post(`Content-Length: 0, ${smuggled.length}`)}\r\n\r\n${smuggled}`],
  ['a signed length', `${post(`Content-Length: +${smuggled.length}`)}\r\n\r\n${smuggled}`],
  [
    'chunks by a wrong name',
    `${post('Transfer-Encoding: xchunked', 'Content-Length: 0')}\r\n\r\n${smuggled}`,
  ],
  [
    'chunks twice',
    `${post('Transfer-Encoding: chunked', 'Transfer-Encoding: identity')}\r\n\r\n0\r\n\r\n${smuggled}`,
  ],
  [
    'a space before the colon',
    `${post(`Transfer-Encoding : chunked`, 'Content-Length: 5')}\r\n\r\n0\r\n\r\n${smuggled}`,
  ],
  ['a chunk with a wrong size', `${post('Transfer-Encoding: chunked')}\r\n\r\n-1\r\n\r\n${smuggled}`],
  ['a header of 40 kB', `GET /ready HTTP/1.1\r\nHost: ${relayName}\r\nX-Long: ${'x'.repeat(40_000)}\r\n\r\n`],
  [
    'headers of 60 kB together',
    `GET /ready HTTP/1.1\r\nHost: ${relayName}\r\n${`X-L: ${'x'.repeat(6_000)}\r\n`.repeat(10)}\r\n`,
  ],
  ['an address of 20 kB', `GET /ready?${'x'.repeat(20_000)} HTTP/1.1\r\nHost: ${relayName}\r\n\r\n`],
  ['a NUL in a header', `GET /ready HTTP/1.1\r\nHost: ${relayName}\r\nX-A: a\0b\r\n\r\n`],
  ['two hosts', `GET /ready HTTP/1.1\r\nHost: ${relayName}\r\nHost: evil.example\r\n\r\n`],
];

test(
  'a request that two servers could read in two ways is refused by nginx, and what hides in it reaches no relay',
  {
    timeout: 120_000,
  },
  async ({ skip }) => {
    const obstacle = proxyObstacle('nginx');
    skip(obstacle !== null, obstacle ?? '');
    const { proxy, logged } = await openSite('nginx', 2);
    for (const [what, bytes] of twofold) {
      const statuses = [...(await said(proxy, bytes)).matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) =>
        Number(status),
      );
      expect(statuses, what).toHaveLength(1);
      // 501 is what RFC 9112 wants for a transfer coding that nobody knows.
      expect(String(statuses[0]), what).toMatch(/^4\d\d$|^501$/);
    }
    expect((await proxy.fetch(`${publicUrl}/openapi.json`)).status).toBe(200);
    await expect.poll(logged).toContain('/openapi.json');
    expect(logged()).not.toContain('/ready');
  },
);
