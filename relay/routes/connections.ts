import { deleteConnection, listConnections } from '../../shared/api/connections.ts';
import { describeConnection } from '../connection/describe.ts';
import { disconnect } from '../disconnect.ts';
import { serve, type RelayApp } from '../http/endpoint.ts';
import { findConnection, listConnectionsOf } from '../store/connections.ts';
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
    const { connectionId } = params;
    const subject = { requestId, memberId, installationId };
    // The last chance to end what the provider sends for it: afterwards there is no token to say so.
    const stored = await findConnection(deps.store, connectionId, memberId);
    if (stored !== null) {
      const { providerId } = stored;
      await unwishNotices(deps, stored, { ...subject, connectionId, providerId });
    }
    return { revocation: await disconnect(deps, connectionId, memberId, subject) };
  });
}
