import { deleteConnection, listConnections } from '../../shared/api/connections.ts';
import type { AuditSubject } from '../audit.ts';
import type { Deps } from '../deps.ts';
import { describeConnection } from '../connection/describe.ts';
import { disconnect } from '../disconnect.ts';
import { serve, type RelayApp } from '../http/endpoint.ts';
import { findConnection, listConnectionsOf, type StoredConnection } from '../store/connections.ts';
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
    const subject = { requestId, memberId, installationId };
    await forgetWish(deps, params.connectionId, memberId, subject);
    return { revocation: await disconnect(deps, params.connectionId, memberId, subject) };
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
