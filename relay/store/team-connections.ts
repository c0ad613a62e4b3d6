import type { Audience } from '../../shared/audience.ts';
import { MemberId, type ConnectionId } from '../../shared/ids.ts';
import { connectionOf, type ConnectionRow, type StoredConnection } from './connections.ts';
import type { Statements } from './driver.ts';

/** The team's connections, without any secret. */
export async function listShared(statements: Statements) {
  const rows = await statements.all<ConnectionRow>(
    'SELECT * FROM connections WHERE shared_with IS NOT NULL ORDER BY provider_id, id',
  );
  return rows
    .map(connectionOf)
    .flatMap(({ id, providerId, status, method, scopes, createdAtMs, sharedWith }) =>
      sharedWith === null ? [] : [{ id, providerId, status, method, scopes, createdAtMs, sharedWith }],
    );
}

/** Who has given a connection to the team; null where nobody has, or they have left. */
export async function findGiver(statements: Statements, id: ConnectionId): Promise<MemberId | null> {
  const row = await statements.get<{ given_by: string | null }>(
    'SELECT given_by FROM connections WHERE id = ?',
    id,
  );
  return row?.given_by == null ? null : MemberId.parse(row.given_by);
}

/** Says who may use a connection of the team's; false where the team has none with this id. */
export async function setAudience(
  statements: Statements,
  id: ConnectionId,
  sharedWith: Audience,
): Promise<boolean> {
  const changed = await statements.run(
    'UPDATE connections SET shared_with = ? WHERE id = ? AND shared_with IS NOT NULL',
    JSON.stringify(sharedWith),
    id,
  );
  return changed === 1;
}

/**
 * Gives a connection another owner, with its tokens sealed for them and what is under way for it; only while nobody has
 * the right to refresh it, and nobody who read it before gets it.
 */
export async function moveConnection(
  statements: Statements,
  { id, tokenVersion, refreshFence }: StoredConnection,
  to: Pick<StoredConnection, 'memberId' | 'sharedWith' | 'accessToken' | 'refreshToken'> & {
    /** The member it goes back to; null for a member's own. */
    givenBy: MemberId | null;
  },
  nowMs: number,
): Promise<boolean> {
  const moved = await statements.run(
    `UPDATE connections SET member_id = ?, shared_with = ?, given_by = ?, access_token = ?, refresh_token = ?,
       token_version = token_version + 1, refresh_fence = refresh_fence + 1
     WHERE id = ? AND token_version = ? AND refresh_fence = ? AND refresh_lease_until_ms <= ?
       AND refresh_asked_at_ms IS NULL`,
    to.memberId,
    to.sharedWith === null ? null : JSON.stringify(to.sharedWith),
    to.givenBy,
    to.accessToken,
    to.refreshToken,
    id,
    tokenVersion,
    refreshFence,
    nowMs,
  );
  if (moved === 1) {
    await statements.run('UPDATE intents SET member_id = ? WHERE connection_id = ?', to.memberId, id);
  }
  return moved === 1;
}
