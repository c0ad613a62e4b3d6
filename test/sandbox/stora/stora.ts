import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { createFaults, type Faults } from '../faults.ts';
import type { SandboxApp } from '../sandbox.ts';
import { createClock, listen, recordAndFail, type RecordedExchange, type SandboxClock } from '../server.ts';
import { mountStoraApi } from './api.ts';
import { mountStoraOAuth } from './oauth.ts';
import { createStoraState, type Record_, type StoraState } from './state.ts';
import { storaDeliveriesOf } from './webhooks.ts';

/** A running imitation of Stora. */
export interface StoraSandbox {
  readonly origin: string;
  readonly clock: SandboxClock;
  readonly faults: Faults;
  readonly state: StoraState;
  readonly exchanges: RecordedExchange[];
  /** Tells every endpoint that wants to know of an event about a record; answers what they said. */
  tell(type: string, record: Record_): Promise<number[]>;
  close(): Promise<void>;
}

/** Starts the authorization server and the API on one port of loopback. */
export async function startStora(options: { port?: number; apps: SandboxApp[] }): Promise<StoraSandbox> {
  const clock = createClock();
  const state = createStoraState(
    options.apps.map(({ clientSecret }) => clientSecret),
    clock.now(),
  );
  const faults = createFaults();
  const exchanges: RecordedExchange[] = [];
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use(recordAndFail({ app, faults, exchanges, now: clock.now }));
  const plain = app as unknown as Hono; // the routes use no bindings
  mountStoraOAuth(plain, { apps: options.apps, state, now: clock.now });
  mountStoraApi(plain, { state, now: clock.now });
  const { origin, close } = await listen(app, options.port ?? 0);
  const tell = (type: string, record: Record_): Promise<number[]> =>
    Promise.all(
      storaDeliveriesOf(state, type, record, clock.now()).map(
        async ({ url, init }) => (await fetch(url, init)).status,
      ),
    );
  return { origin, clock, faults, state, exchanges, tell, close };
}
