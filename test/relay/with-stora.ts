import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { Connection } from '../../shared/api/connections.ts';
import { exchangeFlow } from '../../shared/api/flows.ts';
import { startStora, type StoraSandbox } from '../sandbox/stora/stora.ts';
import { handleIn, locationOf, openRelay, type RelayOptions, type TestRelay } from './harness.ts';
import type { Installation } from './installation.ts';

/** A relay registered with the imitation of Stora, with the two clocks going together. */
export interface WithStora {
  stora: StoraSandbox;
  relay: TestRelay;
  /** The app's secret, for scans. */
  clientSecret: string;
  advance(ms: number): void;
  /** Goes through the whole connect flow. */
  connect(installation: Installation, scopes: readonly string[]): Promise<Connection>;
}

/** Opens both for the length of the test. */
export async function openWithStora(options: RelayOptions = {}): Promise<WithStora> {
  const redirectUri = 'https://relay.example.com/callback/stora';
  const app = {
    name: 'Staffetta',
    clientId: 'stora-app',
    clientSecret: randomBytes(24).toString('hex'),
    redirectUri,
  };
  const stora = await startStora({ apps: [app] });
  onTestFinished(() => stora.close());
  const relay = await openRelay({
    startMs: Math.floor(stora.clock.now() / 1000) * 1000,
    ...options,
    environment: {
      STAFFETTA_STORA_CLIENT_ID: app.clientId,
      STAFFETTA_STORA_CLIENT_SECRET: app.clientSecret,
      STAFFETTA_STORA_ORIGIN: stora.origin,
      ...options.environment,
    },
  });
  return {
    stora,
    relay,
    clientSecret: app.clientSecret,
    advance(ms) {
      relay.clock.advance(ms);
      stora.clock.advance(ms);
    },
    async connect(installation, scopes) {
      const flow = await installation.begin({ providerId: 'stora', scopes: [...scopes] });
      const authorize = locationOf(await relay.fetch(flow.startUrl)).href;
      const answer = await fetch(authorize, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({ decision: 'approve' }),
      });
      const callback = answer.headers.get('location');
      if (callback === null) throw new Error(`Stora answered ${answer.status}`);
      const { connection } = await installation.call(exchangeFlow, {
        params: { flowId: flow.flowId },
        input: { handle: handleIn(await relay.fetch(callback)), codeVerifier: flow.codeVerifier },
      });
      return connection;
    },
  };
}
