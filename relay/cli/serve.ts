import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { createApp } from '../app.ts';
import type { Config } from '../config.ts';
import type { Deps } from '../deps.ts';
import { createProofVerifier } from '../proof.ts';
import { createRefresher } from '../refresh.ts';

/** A relay that answers. */
export interface RunningRelay {
  /** Stops accepting, lets requests in progress end, closes the database. */
  stop(): Promise<void>;
}

/** How long a stop waits for requests in progress, in milliseconds: a little more than the longest provider call. */
const drainMs = 10_000;

/** Listens on the configured address. */
export async function serveRelay(
  config: Config,
  deps: Pick<Deps, 'log' | 'store' | 'vault' | 'now'>,
): Promise<RunningRelay> {
  const base = { ...deps, config, proofs: createProofVerifier(deps) };
  const app = createApp({ ...base, refresher: createRefresher(base) });
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
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, resolve);
  });
  deps.log.info({ host: config.host, port: config.port, publicUrl: config.publicUrl }, 'relay ready');
  return {
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), drainMs);
      await closed;
      clearTimeout(timer);
      await deps.store.close();
      deps.log.info('relay stopped');
    },
  };
}
