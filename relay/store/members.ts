import { z } from 'zod';
import { InstallationId, MemberId } from '../../shared/ids.ts';
import { MemberRole, type BrowserName } from '../../shared/member.ts';
import type { Driver, Statements } from './driver.ts';

/** An installation with the member it belongs to. */
export interface Installation {
  installationId: InstallationId;
  memberId: MemberId;
  memberName: string;
  role: MemberRole;
  groups: readonly string[];
  /** The version of the policy in force; 0 where the team has made none. */
  policyVersion: number;
  /** RFC 7638 SHA-256 thumbprint of its key, base64url. */
  thumbprint: string;
}

interface InstallationRow {
  installation_id: string;
  member_id: string;
  member_name: string;
  role: string;
  group_names: string;
  policy_version: number | null;
  thumbprint: string;
}

const columns = `i.id AS installation_id, i.member_id, m.name AS member_name, m.role, m.group_names, i.thumbprint,
  (SELECT MAX(version) FROM policies) AS policy_version`;

const noGroups: readonly string[] = [];

/** Written by this file alone. Nearly every member is in none. */
const groupsIn = (text: string): readonly string[] =>
  text === '[]' ? noGroups : z.array(z.string()).parse(JSON.parse(text));

const installationOf = (row: InstallationRow): Installation => ({
  installationId: InstallationId.parse(row.installation_id),
  memberId: MemberId.parse(row.member_id),
  memberName: row.member_name,
  role: MemberRole.parse(row.role),
  groups: groupsIn(row.group_names),
  policyVersion: row.policy_version ?? 0,
  thumbprint: row.thumbprint,
});

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
export async function listMembers(statements: Statements): Promise<StoredMember[]> {
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

/** A new installation. */
export interface NewInstallation {
  id: InstallationId;
  name: string;
  browser: BrowserName | null;
  thumbprint: string;
}

/** Adds an installation of a member. A key that is enrolled already moves: the same browser profile was invited again. */
export async function insertInstallation(
  statements: Statements,
  { id, name, browser, thumbprint }: NewInstallation,
  memberId: string,
  nowMs: number,
): Promise<Installation | null> {
  await statements.run('DELETE FROM installations WHERE thumbprint = ?', thumbprint);
  await statements.run(
    `INSERT INTO installations (id, member_id, name, browser_name, browser_version, thumbprint, created_at_ms,
       last_seen_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    memberId,
    name,
    browser?.name ?? null,
    browser?.version ?? null,
    thumbprint,
    nowMs,
    nowMs,
  );
  return findInstallation(statements, thumbprint);
}

/** The installation that owns the key with this thumbprint. */
export async function findInstallation(
  statements: Statements,
  thumbprint: string,
): Promise<Installation | null> {
  const row = await statements.get<InstallationRow>(
    `SELECT ${columns} FROM installations i JOIN members m ON m.id = i.member_id WHERE i.thumbprint = ?`,
    thumbprint,
  );
  return row === undefined ? null : installationOf(row);
}

/** When a session ends: `idleMs` after its last use, at the latest at `expiresAtMs`. */
export interface SessionLimits {
  idleMs: number;
  /** How long an installation may stay away before it has to be invited again. */
  awayMs: number;
}

/**
 * Opens a session for the installation that owns the key, and forgets the sessions that have ended.
 *
 * @returns null where no installation has this key, or it has stayed away too long
 */
export async function openSession(
  driver: Driver,
  session: { tokenHash: string; thumbprint: string; expiresAtMs: number },
  limits: SessionLimits,
  nowMs: number,
): Promise<(Installation & { misusedAtMs: number | null }) | null> {
  return driver.transaction(async (statements) => {
    const row = await statements.get<
      InstallationRow & { last_seen_at_ms: number; misused_at_ms: number | null }
    >(
      `SELECT ${columns}, i.last_seen_at_ms, i.misused_at_ms
       FROM installations i JOIN members m ON m.id = i.member_id WHERE i.thumbprint = ?`,
      session.thumbprint,
    );
    if (row === undefined) return null;
    if (row.last_seen_at_ms <= nowMs - limits.awayMs) {
      await removeInstallations(statements, row.installation_id);
      return null;
    }
    await statements.run(
      'DELETE FROM sessions WHERE expires_at_ms <= ? OR last_used_at_ms <= ?',
      nowMs,
      nowMs - limits.idleMs,
    );
    await statements.run(
      'UPDATE installations SET last_seen_at_ms = ?, misused_at_ms = NULL WHERE id = ?',
      nowMs,
      row.installation_id,
    );
    await statements.run(
      'INSERT INTO sessions (token_hash, installation_id, expires_at_ms, last_used_at_ms) VALUES (?, ?, ?, ?)',
      session.tokenHash,
      row.installation_id,
      session.expiresAtMs,
      nowMs,
    );
    return { ...installationOf(row), misusedAtMs: row.misused_at_ms };
  });
}

/**
 * Whether an installation is there still. In a transaction nobody removes it until that ends: whatever comes of it then
 * belongs to somebody who was let in.
 */
export async function holdInstallation(statements: Statements, id: InstallationId): Promise<boolean> {
  return (
    (await statements.run('UPDATE installations SET last_seen_at_ms = last_seen_at_ms WHERE id = ?', id)) ===
    1
  );
}

/** An open session. */
export interface Session extends Installation {
  tokenHash: string;
  lastUsedAtMs: number;
}

/** Who holds the session with this token digest; null where there is none or it has ended. */
export async function findSession(
  statements: Statements,
  tokenHash: string,
  limits: Pick<SessionLimits, 'idleMs'>,
  nowMs: number,
): Promise<Session | null> {
  const row = await statements.get<InstallationRow & { last_used_at_ms: number }>(
    `SELECT ${columns}, s.last_used_at_ms FROM sessions s
     JOIN installations i ON i.id = s.installation_id JOIN members m ON m.id = i.member_id
     WHERE s.token_hash = ? AND s.expires_at_ms > ? AND s.last_used_at_ms > ?`,
    tokenHash,
    nowMs,
    nowMs - limits.idleMs,
  );
  return row === undefined ? null : { ...installationOf(row), tokenHash, lastUsedAtMs: row.last_used_at_ms };
}

/** How much of the idle limit may pass before a use is written down: not every call is a write. */
const touchShare = 0.25;

/** Whether the use of a session is worth writing down. */
export const isTouchDue = (lastUsedAtMs: number, idleMs: number, nowMs: number): boolean =>
  nowMs - lastUsedAtMs > idleMs * touchShare;

/** Notes that a session was used. */
export async function touchSession(statements: Statements, tokenHash: string, nowMs: number): Promise<void> {
  await statements.run('UPDATE sessions SET last_used_at_ms = ? WHERE token_hash = ?', nowMs, tokenHash);
}

/** Notes that a session of this installation was presented by somebody who has not its key. */
export async function markMisused(statements: Statements, id: InstallationId, nowMs: number): Promise<void> {
  await statements.run('UPDATE installations SET misused_at_ms = ? WHERE id = ?', nowMs, id);
}

/** An installation as the administrator sees it. */
export interface ListedInstallation extends Installation {
  name: string;
  browser: BrowserName | null;
  createdAtMs: number;
  /** When it opened its last session, or last used one. */
  lastUsedAtMs: number;
}

/** Every installation, by member. */
export async function listInstallations(statements: Statements): Promise<ListedInstallation[]> {
  const rows = await statements.all<
    InstallationRow & {
      name: string;
      browser_name: string | null;
      browser_version: string | null;
      created_at_ms: number;
      last_seen_at_ms: number;
      last_used_at_ms: number | null;
    }
  >(
    `SELECT ${columns}, i.name, i.browser_name, i.browser_version, i.created_at_ms, i.last_seen_at_ms,
       (SELECT MAX(s.last_used_at_ms) FROM sessions s WHERE s.installation_id = i.id) AS last_used_at_ms
     FROM installations i JOIN members m ON m.id = i.member_id ORDER BY m.name, m.id, i.created_at_ms, i.id`,
  );
  return rows.map((row) =>
    Object.assign(installationOf(row), {
      name: row.name,
      browser:
        row.browser_name === null || row.browser_version === null
          ? null
          : { name: row.browser_name, version: row.browser_version },
      createdAtMs: row.created_at_ms,
      lastUsedAtMs: Math.max(row.last_seen_at_ms, row.last_used_at_ms ?? 0),
    }),
  );
}

/**
 * Removes one installation, or all of a member's, with their sessions and open flows: each is refused from its next call on.
 *
 * @param id of an installation or of a member
 * @returns the ids of the removed installations, each with its member
 */
export async function removeInstallations(
  statements: Statements,
  id: string,
): Promise<Array<{ id: string; memberId: string }>> {
  const rows = await statements.all<{ id: string; member_id: string }>(
    'DELETE FROM installations WHERE id = ? OR member_id = ? RETURNING id, member_id',
    id,
    id,
  );
  return rows.map((row) => ({ id: row.id, memberId: row.member_id }));
}
