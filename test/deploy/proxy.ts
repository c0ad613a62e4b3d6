import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request as openRequest } from 'node:https';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { expect, onTestFinished } from 'vitest';
import { freePort } from '../../scripts/port.ts';
import { findProgram } from '../../scripts/programs.ts';
import { temporaryFolder } from '../relay/process.ts';

/** The name that the files under `docs/deploy` are written for. */
export const relayName = 'relay.example.com';

/** A proxy with TLS on loopback, with the configuration that we give to administrators. */
export interface Proxy {
  /** Calls it as `fetch` would; `from` is an address of loopback that the client has. */
  fetch(url: string, init?: RequestInit, from?: string): Promise<Response>;
  /** A bare TLS connection, for what no honest client sends. */
  open(from?: string): TLSSocket;
  /** Everything that it has written: logs and what stands on its standard error. */
  logged(): string;
}

/** Which proxies there are here, and why one cannot be tried. Our own checks always have both. */
export function proxyObstacle(name: 'nginx' | 'caddy'): string | null {
  if (process.env['CI'] === 'true') return null;
  const missing = [name, 'openssl' as const].filter((one) => findProgram(one) === null);
  return missing.length === 0 ? null : `no ${missing.join(' and no ')} here`;
}

/** A certificate for the relay's name that signs itself; also the path of its key. */
function makeCertificate(folder: string): { certificate: string; key: string } {
  const [certificate, key] = [join(folder, 'fullchain.pem'), join(folder, 'privkey.pem')];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const names = ['-subj', `/CN=${relayName}`, '-addext', `subjectAltName=DNS:${relayName}`];
  execFileSync(
    findProgram('openssl') ?? 'openssl',
    ['req', ...kind, ...names, '-keyout', key, '-out', certificate],
    {
      stdio: 'ignore',
    },
  );
  return { certificate, key };
}

/** Replaces each of `changes` in a file for administrators; each must be there, or the test would try something else. */
export function rendered(file: string, changes: ReadonlyArray<readonly [from: string, to: string]>): string {
  let text = readFileSync(`docs/deploy/${file}`, 'utf8');
  for (const [from, to] of changes) {
    expect(text, `${file} has ${from}`).toContain(from);
    text = text.replaceAll(from, to);
  }
  return text;
}

/** `docs/deploy/nginx.conf` itself, with the ports, certificate and log of this test. */
function nginx(folder: string, port: number, plainPort: number, relays: readonly number[]): string[] {
  const { certificate, key } = makeCertificate(folder);
  const [first, second = first] = relays;
  const site = rendered('nginx.conf', [
    ['127.0.0.1:8787', `127.0.0.1:${first}`],
    ['127.0.0.1:8788', `127.0.0.1:${second}`],
    ['listen 80;', `listen 127.0.0.1:${plainPort};`],
    ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
    [`/etc/letsencrypt/live/${relayName}/fullchain.pem`, certificate],
    [`/etc/letsencrypt/live/${relayName}/privkey.pem`, key],
    ['/var/log/nginx', folder],
  ]);
  writeFileSync(join(folder, 'staffetta.conf'), site);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const main = `${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off; worker_processes 2; pid ${folder}/nginx.pid; error_log ${folder}/main.log warn;
events {}
http {
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  access_log off;
  include ${folder}/staffetta.conf;
}`;
  writeFileSync(join(folder, 'nginx.conf'), main);
  return [findProgram('nginx') ?? 'nginx', '-c', join(folder, 'nginx.conf'), '-p', folder];
}

/** `docs/deploy/Caddyfile` itself, with a certificate of its own in the place of one from outside. */
function caddy(folder: string, port: number, plainPort: number): string[] {
  const { certificate, key } = makeCertificate(folder);
  const file = rendered('Caddyfile', [
    ['admin off', `admin off\n\thttp_port ${plainPort}\n\thttps_port ${port}\n\tdefault_bind 127.0.0.1`],
    ['{$RELAY_NAME:relay.example.com} {', `{$RELAY_NAME:relay.example.com} {\n\ttls ${certificate} ${key}`],
  ]);
  writeFileSync(join(folder, 'Caddyfile'), file);
  return [
    findProgram('caddy') ?? 'caddy',
    'run',
    '--config',
    join(folder, 'Caddyfile'),
    '--adapter',
    'caddyfile',
  ];
}

/** Puts a proxy in front of relays on these ports, until the test ends. */
export async function startProxy(name: 'nginx' | 'caddy', relays: readonly number[]): Promise<Proxy> {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  const [port, plainPort] = [await freePort(), await freePort()];
  const command = name === 'nginx' ? nginx(folder, port, plainPort, relays) : caddy(folder, port, plainPort);
  mkdirSync(join(folder, 'home'));
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      HOME: join(folder, 'home'),
      RELAY_NAME: relayName,
      RELAY_UPSTREAMS: relays.map((relay) => `127.0.0.1:${relay}`).join(' '),
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += String(part)));
  const exited = once(child, 'exit');
  const ca = readFileSync(join(folder, 'fullchain.pem'));
  const agents = new Map<string, Agent>();
  const agentOf = (from: string): Agent => {
    const agent = agents.get(from) ?? new Agent({ keepAlive: true, ca, localAddress: from });
    agents.set(from, agent);
    return agent;
  };
  onTestFinished(async () => {
    for (const agent of agents.values()) agent.destroy();
    child.kill('SIGTERM');
    await exited;
  });
  const proxy: Proxy = {
    fetch(url, init = {}, from = '127.0.0.1') {
      const { pathname, search } = new URL(url);
      return new Promise((resolve, reject) => {
        const headers = Object.fromEntries(new Headers(init.headers));
        const options = {
          host: '127.0.0.1',
          port,
          path: pathname + search,
          method: init.method ?? 'GET',
          servername: relayName,
          headers: { host: relayName, ...headers },
          agent: agentOf(from),
        };
        const request = openRequest(options, (answer) => {
          const status = answer.statusCode ?? 0;
          const body = status === 204 || status === 304 ? null : (Readable.toWeb(answer) as ReadableStream);
          const pairs = Object.entries(answer.headers).map(
            ([key, value]) => [key, String(value)] as [string, string],
          );
          resolve(new Response(body, { status, headers: pairs }));
        });
        init.signal?.addEventListener('abort', () => request.destroy());
        request.once('error', reject);
        request.end(typeof init.body === 'string' ? init.body : undefined);
      });
    },
    open(from = '127.0.0.1') {
      // Node passes on to the socket what the types of TLS do not name.
      const options: ConnectionOptions & { localAddress: string } = {
        host: '127.0.0.1',
        port,
        servername: relayName,
        ca,
        localAddress: from,
        ALPNProtocols: ['http/1.1'],
      };
      return connect(options);
    },
    logged: () =>
      [
        said,
        ...['main.log', 'staffetta.log', 'staffetta.error.log'].map((file) => textOf(join(folder, file))),
      ].join('\n'),
  };
  let hasEnded = false;
  void exited.then(() => (hasEnded = true));
  await expect
    .poll(async () => {
      if (hasEnded) throw new Error(`${name} ended:\n${proxy.logged()}`);
      return (await proxy.fetch(`https://${relayName}/health`).catch(() => null))?.status;
    })
    .toBe(200);
  return proxy;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
