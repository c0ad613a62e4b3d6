import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../scripts/port.ts';
import { deleteConnection } from '../../shared/api/connections.ts';
import { createGrant } from '../../shared/api/grants.ts';
import { createDatabase, runsOnPostgres } from '../postgres/database.ts';
import { Installation } from '../relay/installation.ts';
import { runRelay, startRelay, temporaryFolder } from '../relay/process.ts';
import { openTokenEndpoint } from '../relay/token-endpoint.ts';

/** A collector for traces that keeps what it is sent. */
async function openCollector() {
  const bodies: string[] = [];
  const arrived = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      bodies.push(body.toString('latin1'));
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
      arrived.resolve();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return {
    bodies,
    arrived: arrived.promise,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
  };
}

test(
  'C1: no secret stands in any log line, metric, trace, error or answer, over a whole life of a connection',
  { timeout: 60_000 },
  async () => {
    const endpoint = await openTokenEndpoint();
    const collector = await openCollector();
    const [port, metricsPort] = [await freePort(), await freePort()];
    const vaultKey = randomBytes(32).toString('base64');
    const environment: Record<string, string> = {
      STAFFETTA_DATA_DIR: temporaryFolder(),
      STAFFETTA_PUBLIC_URL: `http://127.0.0.1:${port}`,
      STAFFETTA_METRICS_PORT: String(metricsPort),
      STAFFETTA_TRACES_URL: collector.url,
      STAFFETTA_LOG_LEVEL: 'trace',
      STAFFETTA_VAULT_KEY: vaultKey,
      STAFFETTA_FATTURE_IN_CLOUD_CLIENT_ID: 'canary-app',
      STAFFETTA_FATTURE_IN_CLOUD_CLIENT_SECRET: 'canary-secret-91bd',
      STAFFETTA_FATTURE_IN_CLOUD_ORIGIN: endpoint.origin,
      ...(runsOnPostgres ? { STAFFETTA_DATABASE_URL: await createDatabase() } : {}),
    };
    const { stdout } = await runRelay(['invite', 'Mario Rossi'], environment);
    const invite = stdout.trim().split('#')[1] ?? '';
    const relay = await startRelay(port, environment);
    const answers: Array<{ path: string; status: number; text: string }> = [];
    const client = await Installation.create({
      ...relay,
      async fetch(url, init) {
        const response = await relay.fetch(url, init);
        const text = JSON.stringify([...response.headers]) + (await response.clone().text());
        answers.push({ path: new URL(url).pathname, status: response.status, text });
        return response;
      },
    });
    await client.enrol(invite);
    await client.openSession();
    const flow = await client.begin();
    const callback = await client.relay.fetch(
      `${relay.publicUrl}/callback/fatture-in-cloud?state=${flow.state}&code=c/canary-code-77ab`,
      { redirect: 'manual' },
    );
    const handle = new URL(callback.headers.get('location') ?? '').searchParams.get('handle') ?? '';
    const { connection } = await client.finish(flow, handle);
    const request = { params: { connectionId: connection.id }, input: { minTtlSeconds: 600 } };
    await client.call(createGrant, request);
    endpoint.always({ body: { ...endpoint.tokens(), expires_in: 60 } });
    const short = await client.begin();
    const again = await client.relay.fetch(
      `${relay.publicUrl}/callback/fatture-in-cloud?state=${short.state}&code=c/second-canary`,
      { redirect: 'manual' },
    );
    await client.finish(short, new URL(again.headers.get('location') ?? '').searchParams.get('handle') ?? '');
    // A refresh that succeeds, one that is refused with the provider's own words, and one that is cut off.
    endpoint.always(null);
    await client.call(createGrant, request);
    await client.relay.fetch(
      `${relay.publicUrl}/callback/fatture-in-cloud?state=unknown&code=c/canary-code-77ab`,
    );
    await client.call(deleteConnection, { params: request.params });
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    await collector.arrived;
    await relay.stop();

    const secrets = [
      ...endpoint.secrets,
      'canary-secret-91bd',
      'canary-code-77ab',
      'second-canary',
      invite,
      vaultKey,
      flow.codeVerifier,
      ...(client.sessionToken === null ? [] : [client.sessionToken]),
    ];
    expect(metrics).toMatch(/staffetta_refreshes_total\{provider="fatture-in-cloud",outcome="done"\} 1/);
    expect(metrics).toMatch(/staffetta_grants_total\{provider="fatture-in-cloud",outcome="done"\} 2/);
    expect(metrics).toContain('route="/v1/connections/:connectionId/grant",status="200"');
    expect(metrics).toContain('staffetta_upstream_duration_seconds');
    const traces = collector.bodies.join('\n');
    expect(traces).toContain('/v1/connections/:connectionId/grant');
    expect(traces).toContain('provider refresh');
    for (const secret of secrets) {
      const name = secret.slice(0, 8);
      expect(relay.lines.join('\n').includes(secret), `log: ${name}`).toBe(false);
      expect(metrics.includes(secret), `metrics: ${name}`).toBe(false);
      expect(traces.includes(secret), `traces: ${name}`).toBe(false);
      for (const { path, status, text } of answers) {
        const isOwn =
          status === 200 &&
          ((/\/(?:grant|exchange)$/.test(path) && secret.startsWith('a/')) ||
            (path === '/v1/sessions' && secret === client.sessionToken));
        if (!isOwn) expect(text.includes(secret), `${path}: ${name}`).toBe(false);
      }
    }
    // Ids of people and machines are no labels.
    expect(metrics).not.toMatch(/(?:mem|ins|con|flw)_[\w-]{22}/);
  },
);

test('E7: metrics stand on a port of their own, and only where they were asked for', async () => {
  const port = await freePort();
  const relay = await startRelay(port, {
    STAFFETTA_DATA_DIR: temporaryFolder(),
    STAFFETTA_PUBLIC_URL: `http://127.0.0.1:${port}`,
  });
  expect((await relay.fetch(`${relay.publicUrl}/metrics`)).status).toBe(404);
});
