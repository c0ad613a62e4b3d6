import { deleteConnection, listConnections } from '../../shared/api/connections.ts';
import { Failure } from '../../shared/failure.ts';
import type { AuditSubject } from '../audit.ts';
import type { Deps } from '../deps.ts';
import { describeConnection } from '../connection/describe.ts';
import { serve, type RelayApp } from '../http/endpoint.ts';
import { observeProvider } from '../observe.ts';
import { revokeToken } from '../provider/oauth.ts';
import {
  eraseConnection,
  findConnection,
  listConnectionsOf,
  type StoredConnection,
} from '../store/connections.ts';
import { openToken } from '../connection/tokens.ts';
import { unwishNotices } from '../webhooks/subscription.ts';

/** Lists and erases the calling member's connections. */
export function serveConnections(app: RelayApp): void {
  serve(app, listConnections, async ({ caller, deps }) => ({
    connections: (await listConnectionsOf(deps.store, caller.memberId)).map((connection) =>
      describeConnection(deps.config, connection),
    ),
  }));

  serve(app, deleteConnection, async ({ params, caller, deps, requestId }) => {
    const { memberId, installationId } = caller;
    await forgetWish(deps, params.connectionId, memberId, { requestId, memberId, installationId });
    const erased = await deps.store.transaction(async (statements) => {
      const connection = await findConnection(statements, params.connectionId, memberId);
      const isErased = await eraseConnection(statements, params.connectionId, memberId);
      if (connection === null || !isErased) throw new Failure('not-found');
      const { id: connectionId, providerId } = connection;
      const subject = { requestId, memberId, installationId, connectionId, providerId };
      await deps.audit.recordIn(statements, { event: 'connection_erased', ...subject });
      return connection;
    });
    const revocation = await observeProvider(deps, erased.providerId, 'revoke', () => revoke(deps, erased));
    return { revocation };
  });
}

/** The last chance to end what the provider sends for it: afterwards there is no token to say so. */
async function forgetWish(
  deps: Deps,
  connectionId: StoredConnection['id'],
  memberId: StoredConnection['memberId'],
  subject: AuditSubject,
): Promise<void> {
  const stored = await findConnection(deps.store, connectionId, memberId);
  if (stored === null) return;
  await unwishNotices(deps, stored, { ...subject, connectionId, providerId: stored.providerId });
}

/** Takes the erased connection's tokens back at the provider; whatever it says, ours are gone already. */
async function revoke(
  deps: Deps,
  connection: StoredConnection,
): Promise<'revoked' | 'failed' | 'unsupported'> {
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
