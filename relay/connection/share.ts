import type { Audience } from '../../shared/audience.ts';
import { Failure } from '../../shared/failure.ts';
import type { ConnectionId, MemberId } from '../../shared/ids.ts';
import type { AuditSubject } from '../audit.ts';
import type { Deps } from '../deps.ts';
import { findConnection, findConnectionTo } from '../store/connections.ts';
import { moveConnection, setAudience } from '../store/team-connections.ts';
import { keepTeam, teamId } from '../store/members.ts';
import { openToken, sealToken } from './tokens.ts';

/** After how many seconds a connection that is being refreshed can be shared. */
const refreshSeconds = 2;

/**
 * Makes a connection of `memberId` the team's, or says who may use one that is.
 *
 * Its tokens are sealed anew for their new owner, in one step and only while nobody asks the provider for others: an
 * answer under way would be lost.
 *
 * @throws Failure `not-found` · `team-has-one` · as the connection's status says · `provider-down` (it is being refreshed)
 */
export async function shareConnection(
  { store, vault, audit, now }: Pick<Deps, 'store' | 'vault' | 'audit' | 'now'>,
  memberId: MemberId,
  id: ConnectionId,
  sharedWith: Audience,
  subject: AuditSubject,
): Promise<void> {
  await store.transaction(async (statements) => {
    const own = await findConnection(statements, id, memberId);
    if (own === null) {
      if (!(await setAudience(statements, id, sharedWith))) throw new Failure('not-found');
    } else {
      if (own.status !== 'active') throw new Failure(own.status);
      if ((await findConnectionTo(statements, teamId, own.providerId)) !== null) {
        throw new Failure('team-has-one');
      }
      await keepTeam(statements);
      const anew = (kind: 'accessToken' | 'refreshToken'): string | null => {
        const token = openToken(vault, own, kind);
        return token === null ? null : sealToken(vault, { ...own, memberId: teamId }, kind, token);
      };
      const tokens = { accessToken: anew('accessToken'), refreshToken: anew('refreshToken') };
      if (!(await moveConnection(statements, own, { memberId: teamId, sharedWith, ...tokens }, now()))) {
        throw new Failure('provider-down', { retryAfterSeconds: refreshSeconds });
      }
    }
    await audit.recordIn(statements, { event: 'connection_shared', ...subject, connectionId: id });
  });
}
