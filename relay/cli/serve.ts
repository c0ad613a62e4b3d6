import { createServer, type Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { createApp } from '../app.ts';
import { wallClock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Deps } from '../deps.ts';
import { startKeepalive } from '../keepalive.ts';
import { followKeyFile } from '../keyring.ts';
import { createMetrics, noMetrics, type Metrics } from '../metrics.ts';
import { createProofMemory, openSharedProofMemory } from '../proof-memory.ts';
import { createProofVerifier } from '../proof.ts';
import { createRefresher } from '../refresh.ts';

/** A relay that answers. */
export interface RunningRelay {
  /** Stops accepting, lets requests in progress end, stores what is in hand, closes the database. */
  stop(): Promise<void>;
}

/** How long a stop waits for requests in progress, in milliseconds: a little more than the longest provider call. */
const drainMs = 10_000;

/** How often proofs are forgotten that could not be used again, in milliseconds. */
const sweepEveryMs = 30_000;

/** Listens on the configured address. */
export async function serveRelay(
  config: Config,
  deps: Pick<Deps, 'log' | 'store' | 'vault' | 'audit' | 'now'>,
): Promise<RunningRelay> {
  const { store, vault, now, log } = deps;
  const metrics = config.metricsPort === null ? noMetrics : await createMetrics(store, now);
  const memory =
    store.kind === 'postgres'
      ? await openSharedProofMemory(store, vault, wallClock)
      : createProofMemory(wallClock);
  const base = { ...deps, config, metrics, proofs: createProofVerifier({ now: wallClock, memory }) };
  const refresher = createRefresher(base);
  const app = createApp({ ...base, refresher });
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      maxHeaderSize: 16 * 1024,
      requestTimeout: 15_000,
      headersTimeout: 10_000,
      keepAliveTimeout: 5_000,
      connectionsCheckingInterval: 5_000,
    },
  }) as Server; // node-server types it as any of three kinds; without TLS options it is this one
  server.on('clientError', (_error, socket) => {
    if (socket.writable)
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  await listen(server, config.port, config.host);
  const metricsServer = config.metricsPort === null ? null : serveMetrics(metrics);
  if (metricsServer !== null && config.metricsPort !== null) {
    await listen(metricsServer, config.metricsPort, config.host);
  }
  const stopKeepalive = startKeepalive({ ...base, refresher });
  const stopFollowing = followKeyFile(config, vault, log);
  const sweeping = setInterval(() => {
    memory.sweep().catch((error: unknown) => log.warn({ err: error }, 'used proofs could not be forgotten'));
  }, sweepEveryMs);
  log.info({ host: config.host, port: config.port, publicUrl: config.publicUrl }, 'relay ready');
  return {
    async stop() {
      clearInterval(sweeping);
      stopFollowing();
      metricsServer?.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), drainMs);
      await Promise.all([closed, stopKeepalive()]);
      clearTimeout(timer);
      await refresher.drain(drainMs);
      await store.close();
      log.info('relay stopped');
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

/** `/metrics` on a port of its own: what the team's monitoring reads is no part of the public surface. */
function serveMetrics(metrics: Metrics): Server {
  return createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.render().then(
      (page) => response.writeHead(200, { 'Content-Type': page?.type ?? 'text/plain' }).end(page?.text ?? ''),
      () => response.writeHead(503).end(),
    );
  });
}
