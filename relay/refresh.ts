import { Failure } from '../shared/failure.ts';
import type { ConnectionId, MemberId } from '../shared/ids.ts';
import { recordAudit } from './audit.ts';
import type { Deps } from './deps.ts';
import { refreshTokens } from './oauth.ts';
import { endConnection, findConnection, replaceTokens, type StoredConnection } from './store/connections.ts';
import { openToken, sealTokens } from './tokens.ts';

/**
 * Refreshes connections, one refresh at a time for each: callers that arrive meanwhile share its result.
 *
 * The rotated refresh token is committed before any caller sees the new access token, and only if nothing else has
 * changed the connection (`token_version`): a disconnect during the refresh wins.
 */
export interface Refresher {
  /**
   * @param freshUntilMs a connection whose access token lives beyond this is answered as it is
   * @returns the connection with tokens that live beyond it
   * @throws Failure `revoked` · `expired` · `interrupted` · `not-found` · `provider-down` · `provider-misconfigured` ·
   *   `provider-refused` · `provider-unexpected`
   */
  refresh(id: ConnectionId, memberId: MemberId, freshUntilMs: number): Promise<StoredConnection>;
}

/** Creates a refresher whose single flight covers this process; the compare-and-set covers the database. */
export function createRefresher(deps: Omit<Deps, 'refresher'>): Refresher {
  const inFlight = new Map<ConnectionId, Promise<StoredConnection>>();
  return {
    refresh(id, memberId, freshUntilMs) {
      let flight = inFlight.get(id);
      if (flight === undefined) {
        flight = refreshOnce(deps, id, memberId, freshUntilMs).finally(() => inFlight.delete(id));
        inFlight.set(id, flight);
      }
      return flight;
    },
  };
}

async function refreshOnce(
  deps: Omit<Deps, 'refresher'>,
  id: ConnectionId,
  memberId: MemberId,
  freshUntilMs: number,
): Promise<StoredConnection> {
  // Read again: a flight that ended between the caller's read and now has already done the work.
  const connection = await readActive(deps, id, memberId);
  if (connection.accessExpiresAtMs > freshUntilMs) return connection;
  const configured = deps.config.providers.get(connection.providerId);
  if (configured === undefined) throw new Failure('provider-misconfigured');
  const refreshToken = openToken(deps.vault, connection, 'refreshToken');
  if (refreshToken === null) {
    await end(deps, connection, 'expired');
    throw new Failure('expired');
  }
  // Written before the provider is asked: a database that cannot be written must not cost the refresh token.
  await audit(deps, connection, 'refresh_started');
  try {
    const tokens = await refreshTokens(configured, refreshToken, deps.now());
    const sealed = sealTokens(deps.vault, connection, tokens);
    const committed = await replaceTokens(deps.store, id, connection.tokenVersion, sealed, deps.now());
    if (committed) await audit(deps, connection, 'connection_refreshed');
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'revoked') throw error;
    // The provider says only `invalid_grant`; its own idle limit tells "expired" from "taken back".
    const { refreshIdleSeconds } = configured.provider.tokens;
    const idleMs = deps.now() - connection.refreshedAtMs;
    const status = refreshIdleSeconds !== null && idleMs >= refreshIdleSeconds * 1000 ? 'expired' : 'revoked';
    await end(deps, connection, status);
  }
  return readActive(deps, id, memberId);
}

async function readActive(
  deps: Pick<Deps, 'store'>,
  id: ConnectionId,
  memberId: MemberId,
): Promise<StoredConnection> {
  const connection = await findConnection(deps.store, id, memberId);
  if (connection === null) throw new Failure('not-found');
  if (connection.status !== 'active') throw new Failure(connection.status);
  return connection;
}

async function end(
  deps: Omit<Deps, 'refresher'>,
  connection: StoredConnection,
  status: 'expired' | 'revoked',
): Promise<void> {
  const ended = await endConnection(deps.store, connection.id, connection.tokenVersion, status);
  if (ended) await audit(deps, connection, 'connection_ended');
}

const audit = (
  deps: Omit<Deps, 'refresher'>,
  connection: StoredConnection,
  event: 'refresh_started' | 'connection_refreshed' | 'connection_ended',
): Promise<void> =>
  recordAudit(deps.store, deps.now(), event, 'done', {
    connectionId: connection.id,
    memberId: connection.memberId,
    providerId: connection.providerId,
  });
