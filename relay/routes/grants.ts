import { createGrant } from '../../shared/api/grants.ts';
import { Failure, reportOf } from '../../shared/failure.ts';
import { accessModeOf } from '../connection/describe.ts';
import { serve } from '../http/endpoint.ts';
import type { RelayApp } from '../http/env.ts';
import { freshToken } from '../connection/fresh-token.ts';
import { usableConnection } from '../people/caller.ts';
import { createRecentSet } from '../http/recent-set.ts';

/** How many handed-out tokens are remembered; one forgotten early only stands in the audit log once more. */
const handoutsMax = 100_000;

/** The hot path: one row, one decryption, one answer; `refresh.ts` where the token is about to end. */
export function serveGrants(app: RelayApp): void {
  const handouts = createRecentSet(handoutsMax);
  serve(app, createGrant, async ({ params, input, caller, deps, requestId }) => {
    const { installationId, memberId } = caller;
    const { stored, decision } = await usableConnection(deps, params.connectionId, caller);
    const { id: connectionId, providerId } = stored;
    if (accessModeOf(deps.config, stored, decision) === 'brokered') throw new Failure('access-brokered');
    const subject = { requestId, installationId, memberId, connectionId, providerId };
    try {
      const { connection, accessToken } = await freshToken(deps, stored, input.minTtlSeconds * 1000, subject);
      const handout = `${installationId}.${connectionId}.${connection.tokenVersion}`;
      if (!handouts.has(handout)) {
        await deps.audit.record({ event: 'grant_issued', ...subject, token: accessToken });
        handouts.add(handout);
      }
      deps.metrics.granted(providerId, 'done');
      const { scopes } = connection;
      return { connectionId, accessToken, expiresAtMs: connection.accessExpiresAtMs, scopes: scopes ?? [] };
    } catch (error) {
      deps.metrics.granted(providerId, reportOf(error).code);
      throw error;
    }
  });
}
