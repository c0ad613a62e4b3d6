import { createServer, STATUS_CODES, type Server } from 'node:http';
import { setImmediate as turnOfLoop, setTimeout as sleep } from 'node:timers/promises';
import { createAdaptorServer } from '@hono/node-server';
import { createApp } from '../app.ts';
import { Failure } from '../../shared/failure.ts';
import { wallClock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { Core } from '../core.ts';
import { openDeps } from '../open.ts';
import { startUpkeep } from '../upkeep.ts';
import { followKeyFile } from '../config/keyring.ts';
import { limitsPerMinute } from '../traffic/limits.ts';
import { createMetrics, noMetrics, withTally, type Metrics } from '../observe/metrics.ts';
import { createProofMemory, openSharedProofMemory } from '../proof/proof-memory.ts';
import { createProofVerifier } from '../proof/proof.ts';
import { refusalOf } from '../http/problem.ts';
import { newId } from '../keys/random.ts';
import { createTraces, noTraces } from '../observe/traces.ts';

/** A relay that answers. */
export interface RunningRelay {
  /**
   * Says at `/ready` that it is about to end and takes requests for the configured time, so that a balancer can turn
   * away; then stops accepting, lets requests in progress end, stores what is in hand, closes the database. Asked a
   * second time it does not wait for the balancer any longer.
   */
  stop(): Promise<void>;
}

/** How long a stop waits for requests in progress, in milliseconds: a little more than the longest provider call. */
const finishMs = 10_000;

/** How many headers are read; the rest is left out, and with it any proof. */
const headersMax = 64;

/** Most proofs that are remembered, whatever the limits: some two hundred megabytes. */
const proofsCeiling = 2_000_000;

/** As many proofs as the limits let pass in the time for which they are remembered. */
const proofsMax = (limitFactor: number): number =>
  Math.min(limitsPerMinute.all * 4 * limitFactor, proofsCeiling);

/**
 * How long an idle connection is kept, in milliseconds: longer than proxies keep theirs (60 s is usual), for whoever
 * closes first may close just as the other sends, and a request that was sent is not sent again.
 */
const keepAliveMs = 65_000;

/** How often a relay that ends looks for connections that have become idle, in milliseconds. */
const closeIdleEveryMs = 50;

/** How often proofs are forgotten that could not be used again, in milliseconds. */
const sweepEveryMs = 30_000;

/** How often limits are shared between instances, in milliseconds. */
const shareEveryMs = 1_000;

/**
 * Listens on the configured address, or on a socket that listens already.
 *
 * @param socket its descriptor
 */
export async function serveRelay(
  config: Config,
  core: Pick<Core, 'log' | 'store' | 'vault' | 'audit' | 'now'>,
  socket: number | null = null,
): Promise<RunningRelay> {
  const { store, vault, now, log } = core;
  const metrics = withTally(config.metricsPort === null ? noMetrics : await createMetrics(store, now));
  const traces = config.tracesUrl === null ? noTraces : await createTraces(config.tracesUrl);
  const memory =
    store.kind === 'postgres'
      ? await openSharedProofMemory(store, vault, wallClock)
      : createProofMemory(wallClock, proofsMax(config.limitFactor));
  const stopping = new AbortController();
  const hurry = new AbortController();
  let stopped: Promise<void> | null = null;
  const all = openDeps(
    { ...core, config, metrics, traces },
    {
      proofs: createProofVerifier({ now: wallClock, memory }),
      isStopping: () => stopping.signal.aborted,
    },
  );
  const { limits, notices, refresher, rewrapper } = all;
  const app = createApp(all);
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      maxHeaderSize: 16 * 1024,
      requestTimeout: 15_000,
      headersTimeout: 10_000,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: 5_000,
    },
  }) as Server; // node-server types it as any of three kinds; without TLS options it is this one
  server.maxHeadersCount = headersMax;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (socket.writable) socket.end(answerTo(error.code ?? ''));
    else socket.destroy();
  });
  server.prependListener('request', (_, response) => {
    // The caller's next request must not come over this connection.
    if (stopping.signal.aborted) response.shouldKeepAlive = false;
  });
  await listen(server, socket === null ? config : { fd: socket });
  const metricsServer = config.metricsPort === null ? null : serveMetrics(metrics);
  if (metricsServer !== null && config.metricsPort !== null) {
    await listen(metricsServer, { port: config.metricsPort, host: config.host });
  }
  const stopUpkeep = startUpkeep(all);
  const stopFollowing = followKeyFile(config, vault, log);
  const sweeping = setInterval(() => {
    memory.sweep().catch((error: unknown) => log.warn({ err: error }, 'used proofs could not be forgotten'));
  }, sweepEveryMs);
  const sharing = setInterval(() => void limits.exchange(), shareEveryMs);
  log.info({ host: config.host, port: config.port, publicUrl: config.publicUrl }, 'relay ready');
  log.flush();
  const stop = async (): Promise<void> => {
    stopping.abort();
    log.info({ drainMs: config.drainMs }, 'relay stopping');
    log.flush();
    await sleep(config.drainMs, undefined, { signal: hurry.signal }).catch(() => undefined);
    clearInterval(sweeping);
    clearInterval(sharing);
    stopFollowing();
    notices.stop();
    metricsServer?.close();
    await Promise.all([closeGently(server), stopUpkeep(), rewrapper.stop()]);
    await refresher.drain(finishMs);
    await traces.stop();
    await store.close();
    log.info('relay stopped');
  };
  return {
    stop() {
      if (stopped !== null) hurry.abort();
      return (stopped ??= stop());
    },
  };
}

/**
 * Stops accepting and waits until every request in progress has its answer.
 *
 * Connections that the kernel has taken in for us would be reset together with the listener, and their requests lost: it
 * is closed right after a turn of the event loop that brought none.
 */
async function closeGently(server: Server): Promise<void> {
  let isQuiet = false;
  const hear = (): void => void (isQuiet = false);
  server.on('connection', hear);
  for (let turn = 0; !isQuiet && turn < 1_000; turn += 1) {
    isQuiet = true;
    await turnOfLoop();
  }
  server.off('connection', hear);
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const closingIdle = setInterval(() => server.closeIdleConnections(), closeIdleEveryMs);
  const timer = setTimeout(() => server.closeAllConnections(), finishMs);
  await closed;
  clearInterval(closingIdle);
  clearTimeout(timer);
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

function listen(server: Server, place: { port: number; host: string } | { fd: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen('fd' in place ? { fd: place.fd } : { port: place.port, host: place.host }, resolve);
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
