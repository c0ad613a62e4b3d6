import { deleteConnection, listConnections } from '../../shared/api/connections.ts';
import { Failure } from '../../shared/failure.ts';
import { serve, type RelayApp } from '../endpoint.ts';
import { eraseConnection, listConnectionsOf } from '../store/connections.ts';

/** Lists and erases the calling member's connections. */
export function serveConnections(app: RelayApp): void {
  serve(app, listConnections, async ({ caller, deps }) => ({
    connections: (await listConnectionsOf(deps.store, caller.memberId)).map(
      ({ id, providerId, status, scopes, createdAtMs }) => ({ id, providerId, status, scopes, createdAtMs }),
    ),
  }));

  serve(app, deleteConnection, async ({ params, caller, deps, requestId }) => {
    const { memberId, installationId } = caller;
    await deps.store.transaction(async (statements) => {
      const erased = await eraseConnection(statements, params.connectionId, memberId);
      if (!erased) throw new Failure('not-found');
      const subject = { requestId, memberId, installationId, connectionId: params.connectionId };
      await deps.audit.recordIn(statements, { event: 'connection_erased', ...subject });
    });
    // No provider known so far has a revocation endpoint (RFC 7009); the extension says where to take access back.
    return { revocation: 'unsupported' as const };
  });
}
