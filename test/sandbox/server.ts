import { once } from 'node:events';
import type { Server } from 'node:http';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import type { Hono, MiddlewareHandler } from 'hono';
import type { Faults } from './faults.ts';

/** One request with its answer, as it went over the wire. */
export interface RecordedExchange {
  method: string;
  path: string;
  query: string;
  requestBody: unknown;
  status: number;
  headers: Record<string, string>;
  responseBody: unknown;
}

/** Real time, plus what tests add. */
export interface SandboxClock {
  now(): number;
  advance(ms: number): void;
}

/** A clock that stands where real time stands. */
export function createClock(): SandboxClock {
  let offsetMs = 0;
  return {
    now: () => Date.now() + offsetMs,
    advance(ms) {
      offsetMs += ms;
    },
  };
}

/** Listens on loopback; 0 takes a free port. */
export async function listen(
  app: Hono<{ Bindings: HttpBindings }>,
  wanted: number,
): Promise<{ origin: string; close(): Promise<void> }> {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server; // without TLS options it is a plain server
  server.listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

interface Recording {
  app: Hono<{ Bindings: HttpBindings }>;
  faults: Faults;
  exchanges: RecordedExchange[];
  now(): number;
}

/** Keeps every exchange, and does what the ordered faults say. */
export function recordAndFail({
  app,
  faults,
  exchanges,
  now,
}: Recording): MiddlewareHandler<{ Bindings: HttpBindings }> {
  return async (c, next) => {
    const url = new URL(c.req.url);
    const fault = faults.take(`${c.req.method} ${url.pathname}`);
    const drop = async (): Promise<never> => {
      c.env.incoming.socket.destroy();
      return new Promise<never>(() => undefined); // the connection is gone; there is nobody to answer
    };
    if (faults.down || fault?.reset === true) return drop();
    if (fault?.hang === true) return new Promise<never>(() => undefined);
    await fault?.onArrival?.();
    const requestBody = c.req.method === 'GET' ? undefined : parse(await c.req.raw.clone().text());
    if (fault?.status !== undefined || fault?.body !== undefined) {
      const text = typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body ?? {});
      c.res = new Response(text, {
        status: fault.status ?? 200,
        headers: { 'Content-Type': fault.contentType ?? 'application/json', ...fault.headers },
      });
    } else {
      if (fault?.duplicate === true) await app.fetch(c.req.raw.clone(), c.env);
      await next();
      for (const [name, value] of Object.entries(fault?.headers ?? {})) c.res.headers.set(name, value);
      if (fault?.contentType !== undefined) c.res.headers.set('Content-Type', fault.contentType);
    }
    const body = await c.res.clone().text();
    exchanges.push({
      method: c.req.method,
      path: url.pathname,
      query: url.search,
      requestBody,
      status: c.res.status,
      headers: Object.fromEntries(c.res.headers),
      responseBody: parse(body),
    });
    c.res.headers.set('Date', new Date(now()).toUTCString());
    await fault?.onAnswer?.();
    if (fault?.loseAnswer === true) return drop();
    if (fault?.truncate === true) {
      c.env.outgoing.writeHead(c.res.status, { 'Content-Type': 'application/json', 'Content-Length': 4096 });
      c.env.outgoing.write('{"data":', () => void drop());
      return new Promise<never>(() => undefined);
    }
    return undefined;
  };
}
