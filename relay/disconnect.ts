import type { z } from 'zod';
import type { deleteConnection } from '../shared/api/connections.ts';
import { Failure } from '../shared/failure.ts';
import type { AuditSubject } from './audit.ts';
import type { Deps } from './deps.ts';
import { observeProvider } from './observe.ts';
import { revokeToken } from './provider/oauth.ts';
import { eraseConnection, findConnection, type StoredConnection } from './store/connections.ts';
import { openToken } from './connection/tokens.ts';

/** What became of the tokens at the provider. */
type Revocation = z.infer<typeof deleteConnection.output>['revocation'];

type DisconnectDeps = Pick<Deps, 'store' | 'audit' | 'config' | 'vault' | 'metrics' | 'traces'>;

/**
 * Erases a member's connection with its tokens, and takes them back at the provider; whatever it says, ours are gone.
 *
 * @param ownerId whose it is
 * @param subject who asked, for the audit log
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
  return observeProvider(deps, erased.providerId, 'revoke', () => revoke(deps, erased));
}

async function revoke(
  deps: Pick<Deps, 'config' | 'vault'>,
  connection: StoredConnection,
): Promise<Revocation> {
  const configured = deps.config.providers.get(connection.providerId);
  if (configured === undefined || configured.provider.revocationEndpoint === null) return 'unsupported';
  try {
    const refreshToken = openToken(deps.vault, connection, 'refreshToken');
    const accessToken = openToken(deps.vault, connection, 'accessToken');
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
