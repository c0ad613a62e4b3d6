import type { Audience } from '../../shared/audience.ts';
import { Failure } from '../../shared/failure.ts';
import type { ConnectionId, MemberId } from '../../shared/ids.ts';
import type { AuditSubject } from '../audit.ts';
import { findConnection, findConnectionTo, type StoredConnection } from '../store/connections.ts';
import type { Statements } from '../store/driver.ts';
import { keepTeam, teamId } from '../store/members.ts';
import { findGiver, moveConnection, setAudience } from '../store/team-connections.ts';
import type { ConnectionDeps } from '../connection/fresh-token.ts';
import { openToken, sealToken } from '../connection/tokens.ts';
import { deleteWish } from '../store/webhooks.ts';
import { endUnwished } from '../webhooks/subscription.ts';

/** After how many seconds a connection that is being refreshed can be moved. */
const refreshSeconds = 2;

/**
 * Makes a connection of `memberId` the team's, or says who may use one that is.
 *
 * Its tokens are sealed anew for their new owner, in one step and only while nobody asks the provider for others: an
 * answer under way would be lost. The member's notices of it end: what they want to be told of, they want of their own.
 *
 * @throws Failure `not-found` · `team-has-one` · as the connection's status says · `provider-down` (it is being refreshed)
 */
export async function shareWithTeam(
  deps: ConnectionDeps,
  memberId: MemberId,
  id: ConnectionId,
  sharedWith: Audience,
  subject: AuditSubject,
): Promise<void> {
  const { store, audit } = deps;
  const ended = await store.transaction(async (statements) => {
    const own = await findConnection(statements, id, memberId);
    if (own === null) {
      if (!(await setAudience(statements, id, sharedWith))) throw new Failure('not-found');
    } else {
      if (own.status !== 'active') throw new Failure(own.status);
      if ((await findConnectionTo(statements, teamId, own.providerId)) !== null) {
        throw new Failure('team-has-one');
      }
      await keepTeam(statements);
      await move(deps, statements, own, { memberId: teamId, sharedWith, givenBy: memberId });
    }
    await audit.recordIn(statements, { event: 'connection_shared', ...subject, connectionId: id });
    return own === null ? null : deleteWish(statements, id);
  });
  const teams = ended === null ? null : await findConnection(store, id, teamId);
  if (ended !== null && teams !== null) {
    await endUnwished(deps, teams, ended, { ...subject, memberId, connectionId: id });
  }
}

/**
 * Gives a connection of the team's back to the member it came from, and to nobody else: it is their account.
 *
 * @throws Failure `not-found` (nobody gave it, or they have left) · `changed-meanwhile` (they have connected again) · as the
 *   connection's status says · `provider-down` (it is being refreshed)
 */
export async function giveBackConnection(
  deps: ConnectionDeps,
  id: ConnectionId,
  subject: AuditSubject,
): Promise<void> {
  await deps.store.transaction(async (statements) => {
    const [teams, memberId] = [await findConnection(statements, id, teamId), await findGiver(statements, id)];
    if (teams === null || memberId === null) throw new Failure('not-found');
    if (teams.status !== 'active') throw new Failure(teams.status);
    if ((await findConnectionTo(statements, memberId, teams.providerId)) !== null) {
      throw new Failure('changed-meanwhile');
    }
    await move(deps, statements, teams, { memberId, sharedWith: null, givenBy: null });
    const { providerId } = teams;
    const note = { ...subject, memberId, connectionId: id, providerId };
    await deps.audit.recordIn(statements, { event: 'connection_given_back', ...note });
  });
}

async function move(
  { vault, now }: ConnectionDeps,
  statements: Statements,
  from: StoredConnection,
  to: Pick<StoredConnection, 'memberId' | 'sharedWith'> & { givenBy: MemberId | null },
): Promise<void> {
  const anew = (kind: 'accessToken' | 'refreshToken'): string | null => {
    const token = openToken(vault, from, kind);
    return token === null ? null : sealToken(vault, { ...from, memberId: to.memberId }, kind, token);
  };
  const tokens = { accessToken: anew('accessToken'), refreshToken: anew('refreshToken') };
  if (!(await moveConnection(statements, from, { ...to, ...tokens }, now()))) {
    throw new Failure('provider-down', { retryAfterSeconds: refreshSeconds });
  }
}
