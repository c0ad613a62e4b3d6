import { ConnectionStatus } from '../../shared/api/connections.ts';
import { ConnectionId, MemberId } from '../../shared/ids.ts';
import { MemberRole } from '../../shared/member.ts';
import { ConnectionMethod } from '../../shared/provider.ts';
import type { Statements } from './driver.ts';

/** A member with what they use, as the administrator sees them. */
export interface ListedMember {
  memberId: MemberId;
  name: string;
  role: MemberRole;
  installations: number;
  connections: number;
  createdAtMs: number;
  /** When any of their installations was last seen; null where they have none. */
  lastSeenAtMs: number | null;
}

/** Every member, by name. */
export async function listMembersWithUse(statements: Statements): Promise<ListedMember[]> {
  const rows = await statements.all<Omit<ListedMember, 'memberId' | 'role'> & { id: string; role: string }>(
    `SELECT m.id, m.name, m.role, m.created_at_ms AS "createdAtMs",
       (SELECT count(*) FROM installations i WHERE i.member_id = m.id) AS installations,
       (SELECT max(i.last_seen_at_ms) FROM installations i WHERE i.member_id = m.id) AS "lastSeenAtMs",
       (SELECT count(*) FROM connections c WHERE c.member_id = m.id) AS connections
     FROM members m WHERE m.role <> 'team' ORDER BY m.name, m.id`,
  );
  return rows.map(({ id, role, ...row }) =>
    Object.assign(row, { memberId: MemberId.parse(id), role: MemberRole.parse(role) }),
  );
}

/** A connection with its member, as the administrator sees it; tokens are not read. */
export interface ListedConnection {
  connectionId: ConnectionId;
  memberId: MemberId;
  memberName: string;
  providerId: string;
  method: ConnectionMethod;
  status: ConnectionStatus;
  createdAtMs: number;
  refreshedAtMs: number;
  /** Since when the answer to a refresh is being sought; null where none is. */
  refreshAskedAtMs: number | null;
  /** Of the team's: the member who gave it; null where somebody connected for the team, or has left. */
  givenBy: MemberId | null;
}

/** Every connection, by member. */
export async function listConnectionsWithMembers(statements: Statements): Promise<ListedConnection[]> {
  const rows = await statements.all<
    Omit<ListedConnection, 'connectionId' | 'memberId' | 'method' | 'status' | 'givenBy'> &
      Record<'id' | 'member' | 'way' | 'state', string> & { giver: string | null }
  >(
    `SELECT c.id, c.member_id AS member, m.name AS "memberName", c.provider_id AS "providerId", c.method AS way,
       c.status AS state, c.created_at_ms AS "createdAtMs", c.refreshed_at_ms AS "refreshedAtMs",
       c.refresh_asked_at_ms AS "refreshAskedAtMs", c.given_by AS giver
     FROM connections c JOIN members m ON m.id = c.member_id ORDER BY m.name, m.id, c.provider_id`,
  );
  return rows.map(({ id, member, way, state, giver, ...row }) =>
    Object.assign(row, {
      connectionId: ConnectionId.parse(id),
      memberId: MemberId.parse(member),
      method: ConnectionMethod.parse(way),
      status: ConnectionStatus.parse(state),
      givenBy: giver === null ? null : MemberId.parse(giver),
    }),
  );
}

/** Whose connection `id` is; null where there is none. */
export async function findOwner(statements: Statements, id: ConnectionId): Promise<MemberId | null> {
  const row = await statements.get<{ member_id: string }>(
    'SELECT member_id FROM connections WHERE id = ?',
    id,
  );
  return row === undefined ? null : MemberId.parse(row.member_id);
}
