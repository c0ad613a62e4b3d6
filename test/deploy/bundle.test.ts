import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { inheritedSocket } from '../../relay/cli/inherited-socket.ts';
import { freePort } from '../../scripts/port.ts';
import { serveOnLoopback } from '../loopback.ts';
import { createDatabase } from '../postgres/database.ts';
import { runRelay, startRelay } from '../relay/process.ts';
import { useBundle } from './bundle.ts';

const place = useBundle();

test.for(['SQLite', 'PostgreSQL'])(
  'the one file is all an administrator has to copy: with nothing beside it, it serves, counts, traces, invites, examines itself and backs up (%s)',
  async (database) => {
    const program = place();
    const traced: string[] = [];
    const collector = await serveOnLoopback((request, response) => {
      traced.push(request.url ?? '');
      request.resume();
      response.end('{}');
    });
    const [port, metricsPort] = [await freePort(), await freePort()];
    const environment = {
      STAFFETTA_PORT: String(port),
      STAFFETTA_DATA_DIR: join(program.folder, 'data'),
      STAFFETTA_VAULT_KEY: randomBytes(32).toString('base64'),
      STAFFETTA_METRICS_PORT: String(metricsPort),
      STAFFETTA_TRACES_URL: `${collector}/v1/traces`,
      STAFFETTA_VIES_URL: 'off',
      ...(database === 'PostgreSQL' ? { STAFFETTA_DATABASE_URL: await createDatabase() } : {}),
    };
    const run = (...args: string[]) => runRelay(args, environment, undefined, program);

    expect(await run('health', '--json')).toMatchObject({ code: 1, stdout: '{"isReady":false}\n' });
    const relay = await startRelay(port, environment, program);
    expect(await run('health', '--json')).toMatchObject({ code: 0, stdout: '{"isReady":true}\n' });
    expect((await fetch(`${relay.publicUrl}/ready`)).status).toBe(200);
    expect(await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()).toContain('staffetta_');
    const invited = await run('invite', 'Mario Rossi', '--json');
    expect(invited).toMatchObject({ code: 0, stderr: '' });
    expect(invited.stdout).toContain(`${relay.publicUrl}/`);
    const doctor = await run('doctor', '--json');
    expect(JSON.parse(doctor.stdout)).toHaveProperty('findings');
    expect(doctor.stdout).not.toMatch(/Cannot find|ERR_MODULE/);
    const file = join(program.folder, 'copy.age');
    expect(await run('backup', file)).toMatchObject({ code: 0 });
    expect(await run('restore', file, '--check')).toMatchObject({ code: 0 });
    expect(existsSync(file)).toBe(true);

    expect(await relay.stop('SIGTERM')).toBe(0);
    expect(traced).toContain('/v1/traces');
    expect(relay.lines.join('')).not.toMatch(/Cannot find|ERR_MODULE/);
    expect(readdirSync(program.folder).toSorted()).toEqual(['copy.age', 'data', 'relay.js']);
  },
);

test('who starts it can tell from the exit code: 0 ended in order by either signal, 1 cannot start, 2 not understood', async () => {
  const program = place();
  const environment = { STAFFETTA_DATA_DIR: join(program.folder, 'data'), STAFFETTA_DRAIN_SECONDS: '0' };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const relay = await startRelay(await freePort(), environment, program);
    expect(await relay.stop(signal), signal).toBe(0);
    expect(relay.lines.join('\n')).toContain('relay stopped');
  }
  expect(await runRelay([], { STAFFETTA_PORT: 'x' }, undefined, program)).toMatchObject({ code: 1 });
  expect(await runRelay(['strat'], environment, undefined, program)).toMatchObject({ code: 2, stdout: '' });
});

test('a balancer is told before anything is refused: while it drains a relay says 503 at /ready, answers everything else, and gives up each connection', async () => {
  const program = place();
  const port = await freePort();
  const environment = {
    STAFFETTA_DATA_DIR: join(program.folder, 'data'),
    STAFFETTA_PORT: String(port),
    STAFFETTA_DRAIN_SECONDS: '60',
  };
  const relay = await startRelay(port, environment, program);
  const ended = relay.stop('SIGTERM');
  await expect.poll(async () => (await fetch(`${relay.publicUrl}/ready`)).status).toBe(503);
  const answer = await fetch(`${relay.publicUrl}/health`);
  expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
  expect(await runRelay(['health'], environment, undefined, program)).toMatchObject({ code: 1 });
  // A second signal: somebody does not want to wait for the balancer.
  expect(await Promise.all([relay.stop('SIGINT'), ended])).toEqual([0, 0]);
});

test('a connection that a proxy keeps open without a request does not hold up the end', async () => {
  const program = place();
  const relay = await startRelay(await freePort(), { STAFFETTA_DATA_DIR: program.folder }, program);
  const socket = connect(relay.port, '127.0.0.1');
  socket.write('GET /health HTTP/1.1\r\nHost: relay\r\n\r\n');
  await once(socket, 'data');
  const closed = once(socket, 'close');
  const startedAt = performance.now();
  expect(await relay.stop()).toBe(0);
  await closed;
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

test('a socket that systemd gave to somebody else is left alone, and two for one relay are refused', async () => {
  const program = place();
  const environment = { STAFFETTA_DATA_DIR: program.folder, LISTEN_FDS: '1' };
  const relay = await startRelay(await freePort(), { ...environment, LISTEN_PID: '1' }, program);
  expect((await fetch(`${relay.publicUrl}/health`)).status).toBe(200);
  expect(() => inheritedSocket({ LISTEN_PID: '7', LISTEN_FDS: '2' }, 7)).toThrow('more than one socket');
});
