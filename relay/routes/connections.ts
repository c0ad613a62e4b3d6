import { deleteConnection, listConnections } from '../../shared/api/connections.ts';
import { listTeamConnections, shareConnection } from '../../shared/api/team-connections.ts';
import { teamSites } from '../../shared/policy.ts';
import { Failure } from '../../shared/failure.ts';
import { describeConnection } from '../connection/describe.ts';
import { endConnection } from '../sharing/disconnect.ts';
import { serve } from '../http/endpoint.ts';
import type { RelayApp } from '../http/env.ts';
import { NotAllowed } from '../failures/not-allowed.ts';
import { shareWithTeam } from '../sharing/share.ts';
import { findOwnOrTeams, findUsable, listUsable, ownerOf } from '../store/connections.ts';
import { listShared } from '../store/team-connections.ts';

/** Lists, shares and erases connections. */
export function serveConnections(app: RelayApp): void {
  serve(app, listConnections, async ({ caller, deps }) => {
    const [policy, connections] = await Promise.all([
      deps.policies.decide(caller),
      listUsable(deps.store, caller),
    ]);
    return {
      connections: connections.map((connection) => describeConnection(deps.config, connection, policy)),
      policy: { ...policy, sitesOn: teamSites(policy, deps.config.sites) },
      role: caller.role,
    };
  });

  serve(app, deleteConnection, async ({ params, caller, deps, requestId }) => {
    const { memberId, installationId, role } = caller;
    const { connectionId } = params;
    // An administrator ends the team's, whoever it is shared with; who may use it learns that they may not.
    const stored =
      role === 'admin'
        ? await findOwnOrTeams(deps.store, connectionId, memberId)
        : await findUsable(deps.store, connectionId, caller);
    if (stored === null) throw new Failure('not-found');
    const isTeams = ownerOf(stored) === 'team';
    if (isTeams && role !== 'admin') {
      throw new NotAllowed('not-admin', { connectionId, providerId: stored.providerId });
    }
    const actor = isTeams ? { actorId: memberId } : {};
    const subject = { requestId, installationId, memberId: stored.memberId, ...actor };
    return { revocation: await endConnection(deps, stored, subject) };
  });

  serve(app, listTeamConnections, async ({ deps }) => ({ connections: await listShared(deps.store) }));

  serve(app, shareConnection, async ({ params, input, caller, deps, requestId }) => {
    const { memberId, installationId } = caller;
    const subject = { requestId, installationId, actorId: memberId };
    await shareWithTeam(deps, memberId, params.connectionId, input.sharedWith, subject);
    return {};
  });
}
