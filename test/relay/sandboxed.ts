import { onTestFinished } from 'vitest';
import type { z } from 'zod';
import { exchangeFlow } from '../../shared/api/flows.ts';
import { approve } from '../sandbox/consent.ts';
import { startSandbox, type Sandbox } from '../sandbox/sandbox.ts';
import {
  credentials,
  handleIn,
  locationOf,
  openRelay,
  type RelayOptions,
  type TestRelay,
} from './harness.ts';
import type { Installation } from './installation.ts';

/** A relay connected to the imitation of its provider, with the two clocks going together. */
export interface Sandboxed {
  sandbox: Sandbox;
  relay: TestRelay;
  advance(ms: number): void;
  /** Goes through the whole connect flow as the browser and the person in front of it do. */
  connect(installation: Installation): ReturnType<Installation['finish']>;
  /** The same as another person, with other scopes; no grant comes where the relay makes the calls. */
  connectAs(
    installation: Installation,
    who: { email: string; scopes: string[]; forTeam?: boolean },
  ): Promise<z.infer<typeof exchangeFlow.output>>;
}

/** Opens a sandbox and a relay that is registered with it, for the length of the test. */
export async function openSandboxed(
  given: RelayOptions | ((sandbox: Sandbox) => RelayOptions) = {},
): Promise<Sandboxed> {
  const redirectUri = 'https://relay.example.com/callback/fatture-in-cloud';
  const sandbox = await startSandbox({ apps: [{ name: 'Staffetta', ...credentials, redirectUri }] });
  onTestFinished(() => sandbox.close());
  const options = typeof given === 'function' ? given(sandbox) : given;
  const startMs = Math.floor(sandbox.clock.now() / 1000) * 1000;
  const relay = await openRelay({ startMs, providerOrigin: sandbox.origin, ...options });
  const connectAs: Sandboxed['connectAs'] = async (installation, { email, ...asked }) => {
    const flow = await installation.begin(asked);
    const authorize = locationOf(await relay.fetch(flow.startUrl)).href;
    const callback = await approve(authorize, { email });
    return installation.call(exchangeFlow, {
      params: { flowId: flow.flowId },
      input: { handle: handleIn(await relay.fetch(callback.href)), codeVerifier: flow.codeVerifier },
    });
  };
  return {
    sandbox,
    relay,
    advance(ms) {
      relay.clock.advance(ms);
      sandbox.clock.advance(ms);
    },
    async connect(installation) {
      const { connection, grant } = await connectAs(installation, {
        email: 'demo@example.it',
        scopes: ['entity.clients:r'],
      });
      if (grant === null) throw new Error('the connection is brokered');
      return { connection, grant };
    },
    connectAs,
  };
}
