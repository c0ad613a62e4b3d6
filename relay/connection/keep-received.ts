import type { Core } from '../core.ts';
import { takeBack } from '../provider/oauth.ts';
import type { ConfiguredProvider } from '../config/provider-settings.ts';
import type { Statements } from '../store/driver.ts';
import { makeConnection, type Made } from './new-connection.ts';

/**
 * Makes a connection of tokens that have just come from the provider, if `isWanted` still says so in the same transaction;
 * otherwise the tokens, which nobody else knows of, are taken back where the provider can.
 *
 * @param isWanted writes a row that goes with the installation: a removal under way waits, or is waited for
 * @returns null where it is not wanted any more
 */
export async function keepReceived(
  deps: Pick<Core, 'store' | 'vault' | 'audit' | 'config' | 'now'>,
  configured: ConfiguredProvider,
  received: Parameters<typeof makeConnection>[2],
  isWanted: (statements: Statements) => Promise<boolean>,
): Promise<Made | null> {
  const made = await deps.store.transaction(async (statements) =>
    (await isWanted(statements)) ? makeConnection(deps, statements, received) : null,
  );
  if (made !== null) return made;
  const { flow, tokens, subject } = received;
  const revocation = await takeBack(configured, flow.method, tokens);
  if (revocation !== 'unsupported') {
    const outcome = revocation === 'revoked' ? 'done' : 'refused';
    await deps.audit.record({ event: 'connection_revoked', outcome, ...subject });
  }
  return null;
}
