import { MemberId } from '../../shared/ids.ts';
import { MemberRole } from '../../shared/member.ts';
import type { Statements } from './driver.ts';
import { groupsIn, removeInstallations } from './installations.ts';

/** The owner of what belongs to the team: a row among the members, so that everything of a connection has one owner. */
export const teamId = MemberId.parse('mem_team000000000000000000');

/** Makes sure that the team has its row. It is no member: nobody is invited to it, and no list shows it. */
export async function keepTeam(statements: Statements): Promise<void> {
  await statements.run(
    "INSERT INTO members (id, name, role, created_at_ms) VALUES (?, '', 'team', 0) ON CONFLICT (id) DO NOTHING",
    teamId,
  );
}

/** A member as kept. */
export interface StoredMember {
  id: MemberId;
  name: string;
  role: MemberRole;
  groups: readonly string[];
  createdAtMs: number;
}

interface MemberRow {
  id: string;
  name: string;
  role: string;
  group_names: string;
  created_at_ms: number;
}

const memberOf = (row: MemberRow): StoredMember => ({
  id: MemberId.parse(row.id),
  name: row.name,
  role: MemberRole.parse(row.role),
  groups: groupsIn(row.group_names),
  createdAtMs: row.created_at_ms,
});

/** Whether there is a member with this id. */
export async function isMember(statements: Statements, id: MemberId): Promise<boolean> {
  return (await findMember(statements, id)) !== null;
}

/** The member with this id. */
export async function findMember(statements: Statements, id: MemberId): Promise<StoredMember | null> {
  const row = await statements.get<MemberRow>("SELECT * FROM members WHERE id = ? AND role <> 'team'", id);
  return row === undefined ? null : memberOf(row);
}

/** Every member, by name. */
export async function selectMembers(statements: Statements): Promise<StoredMember[]> {
  return (
    await statements.all<MemberRow>("SELECT * FROM members WHERE role <> 'team' ORDER BY name, id")
  ).map(memberOf);
}

/** Adds a member. */
export async function insertMember(statements: Statements, member: StoredMember): Promise<void> {
  await statements.run(
    'INSERT INTO members (id, name, role, group_names, created_at_ms) VALUES (?, ?, ?, ?, ?)',
    member.id,
    member.name,
    member.role,
    JSON.stringify(member.groups),
    member.createdAtMs,
  );
}

/** Puts name, role and groups of a member in place; false where there is no such member. */
export async function updateMember(
  statements: Statements,
  { id, name, role, groups }: Pick<StoredMember, 'id' | 'name' | 'role' | 'groups'>,
): Promise<boolean> {
  const changed = await statements.run(
    'UPDATE members SET name = ?, role = ?, group_names = ? WHERE id = ?',
    name,
    role,
    JSON.stringify(groups),
    id,
  );
  return changed === 1;
}

/** Forgets a member with installations, sessions, invites, flows and connections. */
export async function deleteMember(statements: Statements, id: MemberId): Promise<boolean> {
  return (await statements.run('DELETE FROM members WHERE id = ?', id)) === 1;
}

/**
 * Takes from a member whatever lets them in, or could let them in again: role, invites, console sessions, who they are at
 * the identity provider, and installations with their sessions and flows.
 *
 * @returns the removed installations
 */
export async function lockOut(statements: Statements, id: MemberId): ReturnType<typeof removeInstallations> {
  await statements.run("UPDATE members SET role = 'member' WHERE id = ?", id);
  // First: an invite that is being used right now is waited for here, and its installation is found below.
  await statements.run('DELETE FROM invites WHERE member_id = ?', id);
  await statements.run('DELETE FROM console_sessions WHERE member_id = ?', id);
  await statements.run('UPDATE identities SET member_id = NULL WHERE member_id = ?', id);
  return removeInstallations(statements, id);
}

/** Ids of all administrators. In a transaction nobody else can take one away, or look, until it ends. */
export async function lockAdmins(statements: Statements): Promise<string[]> {
  const rows = await statements.all<{ id: string }>(
    "UPDATE members SET role = role WHERE role = 'admin' RETURNING id",
  );
  return rows.map(({ id }) => id);
}
