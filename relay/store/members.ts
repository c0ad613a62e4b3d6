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
    await statements.run(
      'INSERT INTO invites (code_hash, member_id, created_at_ms, expires_at_ms) VALUES (?, ?, ?, ?)',
      invite.codeHash,
      member.id,
      member.createdAtMs,
      invite.expiresAtMs,
    );
  });
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
      'INSERT INTO installations (id, member_id, name, thumbprint, created_at_ms) VALUES (?, ?, ?, ?, ?)',
      installation.id,
      used.member_id,
      installation.name,
      installation.thumbprint,
      nowMs,
    );
    return findInstallation(statements, installation.thumbprint);
  });
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

/** Opens a session and forgets the ones that have ended. */
export async function insertSession(
  statements: Statements,
  session: { tokenHash: string; installationId: InstallationId; expiresAtMs: number },
  nowMs: number,
): Promise<void> {
  await statements.run('DELETE FROM sessions WHERE expires_at_ms <= ?', nowMs);
  await statements.run(
    'INSERT INTO sessions (token_hash, installation_id, expires_at_ms) VALUES (?, ?, ?)',
    session.tokenHash,
    session.installationId,
    session.expiresAtMs,
  );
}

/** Who holds the session with this token digest; null where there is none or it has ended. */
export async function findSession(
  statements: Statements,
  tokenHash: string,
  nowMs: number,
): Promise<Installation | null> {
  const row = await statements.get<InstallationRow>(
    `SELECT ${columns} FROM sessions s
     JOIN installations i ON i.id = s.installation_id JOIN members m ON m.id = i.member_id
     WHERE s.token_hash = ? AND s.expires_at_ms > ?`,
    tokenHash,
    nowMs,
  );
  return row === undefined ? null : installationOf(row);
}
