import { InstallationId, MemberId } from '../../shared/ids.ts';
import type { Driver, Statements } from './driver.ts';

/** An installation with the member it belongs to. */
export interface Installation {
  installationId: InstallationId;
  memberId: MemberId;
  memberName: string;
  /** RFC 7638 SHA-256 thumbprint of its key, base64url. */
  thumbprint: string;
}

interface InstallationRow {
  installation_id: string;
  member_id: string;
  member_name: string;
  thumbprint: string;
}

const columns = `i.id AS installation_id, i.member_id, m.name AS member_name, i.thumbprint`;

const installationOf = (row: InstallationRow): Installation => ({
  installationId: InstallationId.parse(row.installation_id),
  memberId: MemberId.parse(row.member_id),
  memberName: row.member_name,
  thumbprint: row.thumbprint,
});

/** Whether there is a member with this id. */
export async function isMember(statements: Statements, id: MemberId): Promise<boolean> {
  return (await statements.get('SELECT id FROM members WHERE id = ?', id)) !== undefined;
}

/** What a member may do for the team: `admin` changes what holds for all. */
export type Role = 'member' | 'admin';

/** What the member may do for the team; null where there is no such member. */
export async function findRole(statements: Statements, id: MemberId): Promise<Role | null> {
  const row = await statements.get<{ role: string }>('SELECT role FROM members WHERE id = ?', id);
  if (row === undefined) return null;
  return row.role === 'admin' ? 'admin' : 'member';
}

/** Gives a member a role; false where there is no such member. */
export async function setRole(statements: Statements, id: MemberId, role: Role): Promise<boolean> {
  return (await statements.run('UPDATE members SET role = ? WHERE id = ?', role, id)) === 1;
}

/** Adds a member with one unused invite; the invite is kept as its digest. */
export async function insertInvitedMember(
  driver: Driver,
  member: { id: MemberId; name: string; createdAtMs: number },
  invite: { codeHash: string; expiresAtMs: number },
): Promise<void> {
  await driver.transaction(async (statements) => {
    await statements.run(
      'INSERT INTO members (id, name, created_at_ms) VALUES (?, ?, ?)',
      member.id,
      member.name,
      member.createdAtMs,
    );
    await insertInvite(statements, member.id, invite, member.createdAtMs);
  });
}

/** Adds an unused invite for a member; false where there is no such member. */
export async function insertInvite(
  statements: Statements,
  memberId: string,
  invite: { codeHash: string; expiresAtMs: number },
  nowMs: number,
): Promise<boolean> {
  const added = await statements.run(
    `INSERT INTO invites (code_hash, member_id, created_at_ms, expires_at_ms)
     SELECT ?, id, ?, ? FROM members WHERE id = ?`,
    invite.codeHash,
    nowMs,
    invite.expiresAtMs,
    memberId,
  );
  return added === 1;
}

/**
 * Uses up an invite and adds the installation, both or neither.
 *
 * A key that is enrolled already moves to the invited member: the same browser profile was invited again.
 *
 * @returns null where the invite is unknown, used or expired
 */
export async function enrolInstallation(
  driver: Driver,
  installation: { id: InstallationId; name: string; thumbprint: string },
  invite: { codeHash: string },
  nowMs: number,
): Promise<Installation | null> {
  return driver.transaction(async (statements) => {
    const used = await statements.get<{ member_id: string }>(
      `UPDATE invites SET used_at_ms = ? WHERE code_hash = ? AND used_at_ms IS NULL AND expires_at_ms > ?
       RETURNING member_id`,
      nowMs,
      invite.codeHash,
      nowMs,
    );
    if (used === undefined) return null;
    await statements.run('DELETE FROM installations WHERE thumbprint = ?', installation.thumbprint);
    await statements.run(
      `INSERT INTO installations (id, member_id, name, thumbprint, created_at_ms, last_seen_at_ms)
       VALUES (?, ?, ?, ?, ?, ?)`,
      installation.id,
      used.member_id,
      installation.name,
      installation.thumbprint,
      nowMs,
      nowMs,
    );
    return findInstallation(statements, installation.thumbprint);
  });
}

/** The installation that owns the key with this thumbprint. */
async function findInstallation(statements: Statements, thumbprint: string): Promise<Installation | null> {
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
  createdAtMs: number;
  lastSeenAtMs: number;
}

/** Every installation, by member. */
export async function listInstallations(statements: Statements): Promise<ListedInstallation[]> {
  const rows = await statements.all<
    InstallationRow & { name: string; created_at_ms: number; last_seen_at_ms: number }
  >(
    `SELECT ${columns}, i.name, i.created_at_ms, i.last_seen_at_ms
     FROM installations i JOIN members m ON m.id = i.member_id ORDER BY m.name, m.id, i.created_at_ms`,
  );
  return rows.map((row) =>
    Object.assign(installationOf(row), {
      name: row.name,
      createdAtMs: row.created_at_ms,
      lastSeenAtMs: row.last_seen_at_ms,
    }),
  );
}

/**
 * Removes one installation, or all of a member's, with their sessions and open flows: each is refused from its next call on.
 *
 * @param id of an installation or of a member
 * @returns the ids of the removed installations
 */
export async function removeInstallations(statements: Statements, id: string): Promise<string[]> {
  const rows = await statements.all<{ id: string }>(
    'DELETE FROM installations WHERE id = ? OR member_id = ? RETURNING id',
    id,
    id,
  );
  return rows.map((row) => row.id);
}
