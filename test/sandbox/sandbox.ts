import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { fattureInCloud } from '../../shared/providers/fatture-in-cloud.ts';
import { mountApi } from './api.ts';
import { createFaults, type Faults } from './faults.ts';
import { mountOAuth } from './oauth.ts';
import { mountVies } from './vies.ts';
import { createClock, listen, recordAndFail, type RecordedExchange } from './server.ts';
import { deliveriesOf } from './subscriptions.ts';
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
  /** How long an access token lives, in seconds; a day, as with the provider. */
  accessSeconds?: number;
}

/** A running imitation of Fatture in Cloud. Its clock stands where real time stands, plus what tests add. */
export interface Sandbox {
  readonly origin: string;
  readonly clock: { now(): number; advance(ms: number): void };
  readonly faults: Faults;
  readonly state: SandboxState;
  readonly exchanges: RecordedExchange[];
  rotation: Rotation;
  /** Tells everybody who wants to know of an event in a company; answers what they said. */
  tell(event: { companyId: number; type: string; ids: number[] }): Promise<number[]>;
  close(): Promise<void>;
}

/** Starts the authorization server and the API on one port of loopback. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const clock = createClock();
  const state = createState(options.apps.map(({ clientSecret }) => clientSecret));
  const faults = createFaults();
  const exchanges: RecordedExchange[] = [];
  const app = new Hono<{ Bindings: HttpBindings }>();

  app.use(recordAndFail({ app, faults, exchanges, now: clock.now }));

  let { rotation = 'old-dies' } = options;
  const plain = app as unknown as Hono; // the routes use no bindings
  mountOAuth(plain, {
    apps: options.apps,
    state,
    now: clock.now,
    prefillLogin: options.prefillLogin ?? false,
    rotation: () => rotation,
    accessSeconds: options.accessSeconds ?? fattureInCloud.tokens.accessSeconds,
  });
  mountVies(plain);
  mountApi(plain, { state, now: clock.now });

  const { origin, close } = await listen(app, options.port ?? 0);
  return {
    origin,
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
    async tell(event) {
      const deliveries = await deliveriesOf(state, event, clock.now());
      return Promise.all(deliveries.map(async ({ url, init }) => (await fetch(url, init)).status));
    },
    close,
  };
}
