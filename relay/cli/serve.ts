import { createServer, STATUS_CODES, type Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { createAddressReader } from '../http/address.ts';
import { createApp } from '../app.ts';
import { Failure } from '../../shared/failure.ts';
import { wallClock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Deps } from '../deps.ts';
import { startUpkeep } from '../upkeep.ts';
import { followKeyFile } from '../keys/keyring.ts';
import { createLimits, limitsPerMinute } from '../http/limits.ts';
import { createMetrics, noMetrics, withTally, type Metrics } from '../metrics.ts';
import { createNoticeFeed } from '../notice-feed.ts';
import { openIdentityProvider } from '../sso/sign-in.ts';
import { createPolicyBook } from '../people/policy.ts';
import { createProofMemory, openSharedProofMemory } from '../proof/proof-memory.ts';
import { createProofVerifier } from '../proof/proof.ts';
import { createQuotas } from '../provider/quotas.ts';
import { createReadCache } from '../provider/read-cache.ts';
import { refusalOf } from '../http/problem.ts';
import { newId } from '../keys/random.ts';
import { createRefresher } from '../connection/refresh.ts';
import { createTraces, noTraces } from '../traces.ts';
import { createVies } from '../vies.ts';

/** A relay that answers. */
export interface RunningRelay {
  /** Stops accepting, lets requests in progress end, stores what is in hand, closes the database. */
  stop(): Promise<void>;
}

/** How long a stop waits for requests in progress, in milliseconds: a little more than the longest provider call. */
const drainMs = 10_000;

/** How many headers are read; the rest is left out, and with it any proof. */
const headersMax = 64;

/** Most proofs that are remembered, whatever the limits: some two hundred megabytes. */
const proofsCeiling = 2_000_000;

/** As many proofs as the limits let pass in the time for which they are remembered. */
const proofsMax = (limitFactor: number): number =>
  Math.min(limitsPerMinute.all * 4 * limitFactor, proofsCeiling);

/** How often proofs are forgotten that could not be used again, in milliseconds. */
const sweepEveryMs = 30_000;

/** How often limits are shared between instances, in milliseconds. */
const shareEveryMs = 1_000;

/** Listens on the configured address. */
export async function serveRelay(
  config: Config,
  deps: Pick<Deps, 'log' | 'store' | 'vault' | 'audit' | 'now'>,
): Promise<RunningRelay> {
  const { store, vault, now, log } = deps;
  const metrics = withTally(config.metricsPort === null ? noMetrics : await createMetrics(store, now));
  const traces = config.tracesUrl === null ? noTraces : await createTraces(config.tracesUrl);
  const memory =
    store.kind === 'postgres'
      ? await openSharedProofMemory(store, vault, wallClock)
      : createProofMemory(wallClock, proofsMax(config.limitFactor));
  const limits = createLimits({ store, log, now, factor: config.limitFactor });
  const addressOf = createAddressReader(config.trustedProxies);
  const base = {
    ...deps,
    config,
    metrics,
    traces,
    limits,
    quotas: createQuotas(now),
    cache: createReadCache(now),
    vies: config.viesUrl === null ? null : createVies(config.viesUrl, now),
    policies: createPolicyBook(store),
    identity: openIdentityProvider(config, now),
    addressOf,
    proofs: createProofVerifier({ now: wallClock, memory }),
  };
  const refresher = createRefresher(base);
  const notices = createNoticeFeed(base);
  const all = { ...base, refresher, notices };
  const app = createApp(all);
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
  server.maxHeadersCount = headersMax;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (socket.writable) socket.end(answerTo(error.code ?? ''));
    else socket.destroy();
  });
  await listen(server, config.port, config.host);
  const metricsServer = config.metricsPort === null ? null : serveMetrics(metrics);
  if (metricsServer !== null && config.metricsPort !== null) {
    await listen(metricsServer, config.metricsPort, config.host);
  }
  const stopUpkeep = startUpkeep(all);
  const stopFollowing = followKeyFile(config, vault, log);
  const sweeping = setInterval(() => {
    memory.sweep().catch((error: unknown) => log.warn({ err: error }, 'used proofs could not be forgotten'));
  }, sweepEveryMs);
  const sharing = setInterval(() => void limits.exchange(), shareEveryMs);
  log.info({ host: config.host, port: config.port, publicUrl: config.publicUrl }, 'relay ready');
  log.flush();
  return {
    async stop() {
      clearInterval(sweeping);
      clearInterval(sharing);
      stopFollowing();
      notices.stop();
      metricsServer?.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), drainMs);
      await Promise.all([closed, stopUpkeep()]);
      clearTimeout(timer);
      await refresher.drain(drainMs);
      await traces.stop();
      await store.close();
      log.info('relay stopped');
    },
  };
}

/** The answer to a request that could not be read as HTTP: a problem document that repeats nothing. */
function answerTo(code: string): string {
  const isLarge = code === 'HPE_HEADER_OVERFLOW';
  const isSlow = code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const status = isLarge ? 431 : isSlow ? 408 : 400;
  const { body } = refusalOf(new Failure(isLarge ? 'request-too-large' : 'request-invalid'), newId('req'));
  const problem = JSON.stringify({ ...(JSON.parse(body) as object), status });
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/problem+json',
    'Cache-Control: no-store',
    'Connection: close',
    `Content-Length: ${Buffer.byteLength(problem)}`,
    '',
    problem,
  ].join('\r\n');
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
