import { once } from 'node:events';
import type { Server } from 'node:http';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { mountApi } from './api.ts';
import { createFaults, type Faults } from './faults.ts';
import { mountOAuth } from './oauth.ts';
import { createState, type SandboxState } from './state.ts';

/** An app as registered with the provider: exactly one redirect URL, compared as a string. */
export interface SandboxApp {
  name: string;
  clientId: string;
  clientSecret: string;
  redirectUri: string;
}

/**
 * When a used refresh token dies: at once, never, or as soon as the access token that replaced its own is used (as
 * Doorkeeper does with `previous_refresh_token`).
 */
export type Rotation = 'old-dies' | 'old-stays' | 'until-used';

/** What a sandbox is started with. */
export interface SandboxOptions {
  /** 0 takes a free one. */
  port?: number;
  apps: SandboxApp[];
  /** When a used refresh token dies. The provider does not say; `old-dies` unless told. */
  rotation?: Rotation;
  /** Fills in the login form, for a demo. */
  prefillLogin?: boolean;
}

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

/** A running imitation of Fatture in Cloud. Its clock stands where real time stands, plus what tests add. */
export interface Sandbox {
  readonly origin: string;
  readonly clock: { now(): number; advance(ms: number): void };
  readonly faults: Faults;
  readonly state: SandboxState;
  readonly exchanges: RecordedExchange[];
  rotation: Rotation;
  close(): Promise<void>;
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** Starts the authorization server and the API on one port of loopback. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  let offsetMs = 0;
  const clock = {
    now: () => Date.now() + offsetMs,
    advance(ms: number) {
      offsetMs += ms;
    },
  };
  const state = createState(options.apps.map(({ clientSecret }) => clientSecret));
  const faults = createFaults();
  const exchanges: RecordedExchange[] = [];
  const app = new Hono<{ Bindings: HttpBindings }>();

  app.use(async (c, next) => {
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
    c.res.headers.set('Date', new Date(clock.now()).toUTCString());
    await fault?.onAnswer?.();
    if (fault?.loseAnswer === true) return drop();
    if (fault?.truncate === true) {
      c.env.outgoing.writeHead(c.res.status, { 'Content-Type': 'application/json', 'Content-Length': 4096 });
      c.env.outgoing.write('{"data":', () => void drop());
      return new Promise<never>(() => undefined);
    }
    return undefined;
  });

  let { rotation = 'old-dies' } = options;
  const plain = app as unknown as Hono; // the routes use no bindings
  mountOAuth(plain, {
    apps: options.apps,
    state,
    now: clock.now,
    prefillLogin: options.prefillLogin ?? false,
    rotation: () => rotation,
  });
  mountApi(plain, { state, now: clock.now });

  const server = createAdaptorServer({ fetch: app.fetch }) as Server; // without TLS options it is a plain server
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    origin: `http://127.0.0.1:${port}`,
    clock,
    faults,
    state,
    exchanges,
    get rotation() {
      return rotation;
    },
    set rotation(value) {
      rotation = value;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
