import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { freePort } from '../../scripts/port.ts';
import { startRelay, temporaryFolder, type RelayProcess } from '../relay/process.ts';

/** A relay in a process of its own, on a real socket. */
async function openListening(): Promise<RelayProcess> {
  const port = await freePort();
  return startRelay(port, {
    STAFFETTA_DATA_DIR: temporaryFolder(),
    STAFFETTA_PUBLIC_URL: `http://127.0.0.1:${port}`,
  });
}

/** Writes `bytes` and reads until the relay closes the connection, or stays silent after an answer. */
async function exchange(port: number, bytes: string | Buffer): Promise<string> {
  const socket: Socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  let received = '';
  const answered = new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      if (/\r\n\r\n/.test(received)) setTimeout(resolve, 50);
    });
    socket.once('close', () => resolve());
    socket.once('error', () => resolve());
  });
  socket.write(bytes);
  await answered;
  socket.destroy();
  return received;
}

/** Status of each answer in what came back. */
const statusesIn = (received: string): number[] =>
  [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

const host = 'Host: 127.0.0.1\r\n';

/** Shapes in which a second request hides behind a first, for a proxy that reads them otherwise. */
const smuggled: ReadonlyArray<{ name: string; bytes: string }> = [
  {
    name: 'length and chunked',
    bytes: `POST /v1/sessions HTTP/1.1\r\n${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /canary HTTP/1.1\r\n${host}\r\n`,
  },
  {
    name: 'two lengths',
    bytes: `POST /v1/sessions HTTP/1.1\r\n${host}Content-Length: 0\r\nContent-Length: 40\r\n\r\nGET /canary HTTP/1.1\r\n${host}\r\n`,
  },
  {
    name: 'a length with a sign',
    bytes: `POST /v1/sessions HTTP/1.1\r\n${host}Content-Length: +5\r\n\r\nGET /canary HTTP/1.1\r\n${host}\r\n`,
  },
  {
    name: 'an obfuscated encoding',
    bytes: `POST /v1/sessions HTTP/1.1\r\n${host}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\nGET /canary HTTP/1.1\r\n${host}\r\n`,
  },
  {
    name: 'an encoding twice',
    bytes: `POST /v1/sessions HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\nGET /canary HTTP/1.1\r\n${host}\r\n`,
  },
  {
    name: 'a space before the colon',
    bytes: `POST /v1/sessions HTTP/1.1\r\n${host}Content-Length : 5\r\n\r\nGET /canary HTTP/1.1\r\n${host}\r\n`,
  },
  {
    name: 'a folded header',
    bytes: `POST /v1/sessions HTTP/1.1\r\n${host}X: a\r\n Content-Length: 40\r\n\r\n`,
  },
  {
    name: 'a chunk size that is none',
    bytes: `POST /v1/sessions HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nfoo\r\ncanary\r\n0\r\n\r\n`,
  },
  { name: 'a header name with a NUL', bytes: `GET /health HTTP/1.1\r\n${host}X\0canary: 1\r\n\r\n` },
  { name: 'no host', bytes: 'GET /health HTTP/1.1\r\n\r\n' },
  { name: 'no HTTP at all', bytes: '\x16\x03\x01canary\r\n\r\n' },
  { name: 'a version that is none', bytes: `GET /health HTTP/9.9\r\n${host}\r\n` },
  { name: 'the authority form', bytes: `CONNECT 127.0.0.1:22 HTTP/1.1\r\n${host}\r\n` },
];

test('E4: no shape of a request reaches the relay as two, and each is answered without 5xx and without echo', async () => {
  const relay = await openListening();
  for (const { name, bytes } of smuggled) {
    const received = await exchange(relay.port, bytes);
    for (const status of statusesIn(received))
      expect([400, 401, 404, 405, 408, 413, 431], name).toContain(status);
    expect(received, name).not.toContain('canary');
    expect(statusesIn(received).length, name).toBeLessThanOrEqual(1);
  }
  expect((await relay.fetch(`${relay.publicUrl}/health`)).status).toBe(200);
  expect(relay.lines.join('\n')).not.toContain('"path":"/canary"');
});

test('E4: what cannot be read as HTTP is answered by a problem document that is not kept', async () => {
  const relay = await openListening();
  const received = await exchange(relay.port, `GET /health HTTP/1.1\r\n${host}X\0: 1\r\n\r\n`);
  expect(received).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json/);
  expect(received).toContain('Cache-Control: no-store');
  expect(JSON.parse(received.split('\r\n\r\n')[1] ?? '')).toMatchObject({
    status: 400,
    code: 'request-invalid',
  });
});

test('E4: headers of 100 kB, a thousand headers, and a proof of a megabyte are refused', async () => {
  const relay = await openListening();
  const long = await exchange(relay.port, `GET /health HTTP/1.1\r\n${host}X: ${'x'.repeat(100_000)}\r\n\r\n`);
  expect(statusesIn(long)).toEqual([431]);
  const many = Array.from({ length: 1_000 }, (_, index) => `X-${index}: 1\r\n`).join('');
  expect(statusesIn(await exchange(relay.port, `GET /health HTTP/1.1\r\n${host}${many}\r\n`))[0]).not.toBe(
    500,
  );
  const proof = await exchange(
    relay.port,
    `POST /v1/sessions HTTP/1.1\r\n${host}DPoP: ${'x'.repeat(1_000_000)}\r\n\r\n`,
  );
  expect(statusesIn(proof).every((status) => status === 431)).toBe(true);
  expect((await relay.fetch(`${relay.publicUrl}/health`)).status).toBe(200);
});

test.for([
  { name: 'the absolute form of another host', target: 'http://evil.example/health', status: 200 },
  { name: 'two slashes', target: '//health', status: 404 },
  { name: 'dots', target: '/v1/../health', status: 404 },
  { name: 'dots in percent', target: '/v1/%2e%2e/health', status: 404 },
  { name: 'a semicolon', target: '/health;canary', status: 404 },
  { name: 'a NUL in percent', target: '/health%00canary', status: 404 },
  { name: 'a percent sign alone', target: '/health%', status: 404 },
  { name: 'a fragment', target: '/health#canary', status: 200 },
])('E4: a target with $name is what it is, and nothing of it comes back', async ({ target, status }) => {
  const relay = await openListening();
  const received = await exchange(relay.port, `GET ${target} HTTP/1.1\r\n${host}Connection: close\r\n\r\n`);
  // Whether a parser takes the odd ones as a path or not at all: never an error of ours, never an echo.
  expect([status, 200, 400, 404], received).toContain(statusesIn(received)[0]);
  expect(received).not.toContain('canary');
  expect(received).not.toContain('evil.example');
});

test('E4: a hostile Host, and forwarded ones, change no answer', async () => {
  const relay = await openListening();
  for (const header of [
    'Host: evil.example',
    'Host: 127.0.0.1\r\nX-Forwarded-Host: evil.example',
    'Host: 127.0.0.1\r\nForwarded: host=evil.example;proto=https',
    'Host: evil.example:99999',
    'Host: "><script>',
  ]) {
    const received = await exchange(
      relay.port,
      `GET /v1/providers HTTP/1.1\r\n${header}\r\nConnection: close\r\n\r\n`,
    );
    expect([400, 401], header).toContain(statusesIn(received)[0]);
    expect(received, header).not.toContain('evil.example');
    expect(received, header).not.toContain('script');
  }
});

test(
  'E4: a body that drips, and headers that never end, are given up; others are served meanwhile',
  { timeout: 40_000 },
  async () => {
    const relay = await openListening();
    const slow = Array.from({ length: 50 }, (_, index) => {
      const socket = connect(relay.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(
        index % 2 === 0
          ? `GET /health HTTP/1.1\r\n${host}X: 1\r\n`
          : `POST /v1/sessions HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`,
      );
      let received = '';
      socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
      return once(socket, 'close').then(() => received);
    });
    for (let count = 0; count < 20; count += 1) {
      expect((await relay.fetch(`${relay.publicUrl}/health`)).status).toBe(200);
    }
    for (const received of await Promise.all(slow)) {
      for (const status of statusesIn(received)) expect([400, 401, 408]).toContain(status);
    }
  },
);

test('E4: a chunked body that goes on and on is cut off at its limit', async () => {
  const relay = await openListening();
  const socket = connect(relay.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  socket.write(
    `POST /v1/sessions HTTP/1.1\r\n${host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
  let written = 0;
  while (!socket.destroyed && received === '' && written < 64 * 1024 * 1024) {
    written += chunk.length;
    if (!socket.write(chunk))
      await Promise.race([once(socket, 'drain'), once(socket, 'close'), once(socket, 'data')]);
  }
  socket.destroy();
  // Refused without a proof before anything of the body is read.
  expect(statusesIn(received).every((status) => status === 401 || status === 413)).toBe(true);
  expect((await relay.fetch(`${relay.publicUrl}/health`)).status).toBe(200);
});
