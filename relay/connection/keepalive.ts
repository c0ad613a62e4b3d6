import { digest } from '../keys/random.ts';
import type { ConnectionDeps } from './fresh-token.ts';
import { listIdle, listInDoubt } from '../store/refreshes.ts';
import type { StoredConnection } from '../store/connections.ts';

/** How many connections one look takes up. */
const batchSize = 50;

/** The part of a provider's idle limit after which a connection may be refreshed, and the part by which it has been. */
const idleShare = { from: 0.5, to: 0.75 };

/**
 * Repeats attempts to refresh whose answer was lost with the process that made them.
 *
 * @returns how many were taken up
 */
export async function repairInDoubt(deps: ConnectionDeps): Promise<number> {
  const inDoubt = await listInDoubt(deps.store, deps.now(), batchSize);
  await refreshEach(deps, inDoubt, ({ refreshAskedAtMs }) => refreshAskedAtMs === null);
  return inDoubt.length;
}

/**
 * Refreshes connections that nobody uses long before the provider would forget them, so that none dies of neglect.
 *
 * Each has its own moment within a wide span, so that connections made on one day are not all refreshed on one day.
 *
 * @returns how many were due
 */
export async function refreshIdle(deps: ConnectionDeps): Promise<number> {
  let count = 0;
  for (const { provider, credentials } of deps.config.providers.values()) {
    const { refreshIdleSeconds } = provider.tokens;
    if (refreshIdleSeconds === null || credentials === null) continue;
    const dueAfterMs = (connection: StoredConnection): number =>
      refreshIdleSeconds * 1000 * (idleShare.from + (idleShare.to - idleShare.from) * fractionOf(connection));
    const before = deps.now() - refreshIdleSeconds * 1000 * idleShare.from;
    const idle = await listIdle(deps.store, provider.id, before, batchSize);
    const due = idle.filter((connection) => deps.now() - connection.refreshedAtMs >= dueAfterMs(connection));
    for (const connection of due) {
      await refreshEach(deps, [connection], ({ refreshedAtMs }) => refreshedAtMs > connection.refreshedAtMs);
    }
    count += due.length;
  }
  return count;
}

/** A number from 0 to 1 that is always the same for one connection. */
const fractionOf = ({ id }: StoredConnection): number =>
  Buffer.from(digest(id), 'base64url').readUInt32BE() / 2 ** 32;

async function refreshEach(
  { refresher, log }: ConnectionDeps,
  connections: readonly StoredConnection[],
  isFresh: (connection: StoredConnection) => boolean,
): Promise<void> {
  for (const { id, memberId } of connections) {
    await refresher.refresh(id, memberId, isFresh).catch((error: unknown) => {
      log.info({ connectionId: id, err: error }, 'a connection could not be refreshed in the background');
    });
  }
}
