import type { Revocation } from '../../shared/api/connections.ts';
import { Failure } from '../../shared/failure.ts';
import type { AuditSubject } from '../audit.ts';
import type { ConnectionDeps } from '../connection/fresh-token.ts';
import { openToken } from '../connection/tokens.ts';
import type { Core } from '../core.ts';
import { observeProvider } from '../observe/provider-call.ts';
import { revokeToken } from '../provider/oauth.ts';
import { eraseConnection, findConnection, type StoredConnection } from '../store/connections.ts';
import { unwishNotices } from '../webhooks/subscription.ts';

/** What disconnecting needs of the relay; commands have as much. */
export type DisconnectDeps = Pick<Core, 'store' | 'vault' | 'audit' | 'metrics' | 'traces'> & {
  config: Pick<Core['config'], 'providers'>;
};

/**
 * Erases a connection with its tokens, and then takes them back at the provider.
 *
 * @param ownerId whose it is
 * @returns what the provider said of it; ours are gone whatever it says
 * @throws Failure `not-found`
 */
export async function disconnect(
  deps: DisconnectDeps,
  connectionId: StoredConnection['id'],
  ownerId: StoredConnection['memberId'],
  subject: AuditSubject,
): Promise<Revocation> {
  const erased = await deps.store.transaction(async (statements) => {
    const connection = await findConnection(statements, connectionId, ownerId);
    const isErased = await eraseConnection(statements, connectionId, ownerId);
    if (connection === null || !isErased) throw new Failure('not-found');
    const { providerId } = connection;
    await deps.audit.recordIn(statements, {
      event: 'connection_erased',
      ...subject,
      connectionId,
      providerId,
    });
    return connection;
  });
  const { providerId } = erased;
  const revocation = await observeProvider(deps, providerId, 'revoke', () => revoke(deps, erased));
  if (revocation !== 'unsupported') {
    const outcome = revocation === 'revoked' ? 'done' : 'refused';
    await deps.audit.record({ event: 'connection_revoked', outcome, ...subject, connectionId, providerId });
  }
  return revocation;
}

/**
 * Ends what the provider sends for a connection, and disconnects it. A command, which cannot do the first, leaves it to the
 * next delivery, which finds nobody.
 *
 * @throws Failure `not-found`
 */
export async function endConnection(
  deps: ConnectionDeps,
  stored: StoredConnection,
  subject: AuditSubject,
): Promise<Revocation> {
  const { id: connectionId, memberId, providerId } = stored;
  // First: afterwards there is no token to say so.
  await unwishNotices(deps, stored, { ...subject, connectionId, providerId });
  return disconnect(deps, connectionId, memberId, subject);
}

async function revoke(
  { config, vault }: Pick<DisconnectDeps, 'config' | 'vault'>,
  connection: StoredConnection,
): Promise<Revocation> {
  const configured = config.providers.get(connection.providerId);
  if (configured === undefined || configured.provider.revocationEndpoint === null) return 'unsupported';
  try {
    const refreshToken = openToken(vault, connection, 'refreshToken');
    const accessToken = openToken(vault, connection, 'accessToken');
    // Taking the refresh token back should end its access tokens (RFC 7009 §2.1).
    if (refreshToken !== null)
      return await revokeToken(configured, connection.method, refreshToken, 'refresh_token');
    return accessToken === null
      ? 'unsupported'
      : await revokeToken(configured, connection.method, accessToken, 'access_token');
  } catch {
    return 'failed';
  }
}
