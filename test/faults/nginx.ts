import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Where nginx is installed; null where it is not. */
export function findNginx(): string | null {
  const places = ['/usr/sbin/nginx', '/usr/bin/nginx', '/usr/local/bin/nginx', '/opt/homebrew/bin/nginx'];
  return places.find((place) => existsSync(place)) ?? null;
}

/** A real nginx in front of relays, in a process of its own. */
export interface Nginx {
  /** What it had to say of relays that did not answer. */
  readonly lines: readonly string[];
  close(): Promise<void>;
}

/**
 * Starts `program` on `port` of loopback, with everything of its own in `folder`.
 *
 * A relay that refuses the connection is passed over at once; a `POST` that has been sent is never sent twice, which is
 * what nginx does by itself. Streams are passed on as they come.
 */
export async function startNginx(
  program: string,
  { port, upstreams, folder }: { port: number; upstreams: readonly number[]; folder: string },
): Promise<Nginx> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configOf(port, upstreams, folder));
  const child = spawn(program, ['-p', folder, '-c', file, '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lines: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => lines.push(...chunk.toString().trim().split('\n')));
  const ended = once(child, 'exit');
  while (!(await isOpen(port))) {
    if (child.exitCode !== null) throw new Error(`nginx does not start:\n${lines.join('\n')}`);
    await pause(20);
  }
  return {
    lines,
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** The site that we give to administrators, where it is at hand. */
const example = fileURLToPath(new URL('../../docs/deploy/nginx.conf', import.meta.url));

/** The part of the example that is about relays: on loopback, where an address without TLS is one that can be used. */
function exampleSite(port: number, upstreams: readonly number[], folder: string): string {
  const text = readFileSync(example, 'utf8')
    .replace(/^ *ssl_.*\n/gm, '')
    .replace(/^server \{\n *listen 80;[\s\S]*?^\}\n/m, '')
    .replace('listen 443 ssl http2;', `listen 127.0.0.1:${port};`)
    .replaceAll('/var/log/nginx', folder);
  return upstreams.reduce(
    (site, upstream, index) => site.replace(`:${8787 + index} `, `:${upstream} `),
    text,
  );
}

const ownSite = (port: number, upstreams: readonly number[]): string => `
  upstream relays {
    ${upstreams.map((upstream) => `server 127.0.0.1:${upstream} max_fails=1 fail_timeout=1s;`).join('\n    ')}
  }
  server {
    listen 127.0.0.1:${port};
    client_max_body_size 26m;
    location / {
      proxy_pass http://relays;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_buffering off;
      proxy_read_timeout 60s;
    }
  }`;

const configOf = (port: number, upstreams: readonly number[], folder: string): string => `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off;
  server_tokens off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n  ')}
  ${existsSync(example) ? exampleSite(port, upstreams, folder) : ownSite(port, upstreams)}
}
`;
