import { expect } from 'vitest';
import { callOver, type Transport } from '../../../extension/actions/call.ts';
import type { ActionId } from '../../../shared/actions.ts';
import type { Connection } from '../../../shared/api/connections.ts';
import { createManualConnection } from '../../../shared/api/manual-connections.ts';
import { fattureInCloud } from '../../../shared/providers/fatture-in-cloud.ts';
import { credentials } from '../../relay/harness.ts';
import { openSandboxed, type Sandboxed } from '../../relay/sandboxed.ts';
import { brokered, direct } from './transports.ts';

/** The company of the sandbox that has clients. */
export const companyId = 101;

/** Who calls the provider, and with what. */
export type Mode = 'direct' | 'brokered by the team’s choice' | 'brokered with a manual token';
/** Every mode there is. */
export const modes: Mode[] = ['direct', 'brokered by the team’s choice', 'brokered with a manual token'];

/** Connects with the right to write clients and answers the way an action calls. */
export async function open(mode: Mode, email = 'demo@example.it', scopes = ['entity.clients:a']) {
  const isForced = mode === 'brokered by the team’s choice';
  const world: Sandboxed = await openSandboxed(
    isForced ? { environment: { STAFFETTA_FATTURE_IN_CLOUD_ACCESS_MODE: 'brokered' } } : {},
  );
  const { relay, sandbox } = world;
  const installation = await relay.join();
  const { transport, connection } = await connect();
  const call = (id: ActionId) => callOver(transport, id, fattureInCloud, connection);
  return { ...world, call };

  async function connect(): Promise<{ transport: Transport; connection: Connection }> {
    if (mode === 'brokered with a manual token') {
      const { value: token } = sandbox.state.issueManual(email, credentials.clientId, scopes);
      const made = await installation.call(createManualConnection, {
        input: { providerId: 'fatture-in-cloud', token },
      });
      return { transport: brokered(installation, made.connection), connection: made.connection };
    }
    const made = await world.connectAs(installation, { email, scopes });
    const transport =
      made.grant === null
        ? brokered(installation, made.connection)
        : direct(sandbox.origin, made.grant.accessToken);
    expect(made.grant === null).toBe(isForced);
    return { transport, connection: made.connection };
  }
}
