import type { Driver, Statements } from './driver.ts';
import {
  installationColumns,
  installationOf,
  removeInstallations,
  type Installation,
  type InstallationRow,
} from './installations.ts';

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
      `SELECT ${installationColumns}, i.last_seen_at_ms, i.misused_at_ms
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

/** The session with this token digest; null if there is none or it has ended. */
export async function findSession(
  statements: Statements,
  tokenHash: string,
  limits: Pick<SessionLimits, 'idleMs'>,
  nowMs: number,
): Promise<Session | null> {
  const row = await statements.get<InstallationRow & { last_used_at_ms: number }>(
    `SELECT ${installationColumns}, s.last_used_at_ms FROM sessions s
     JOIN installations i ON i.id = s.installation_id JOIN members m ON m.id = i.member_id
     WHERE s.token_hash = ? AND s.expires_at_ms > ? AND s.last_used_at_ms > ?`,
    tokenHash,
    nowMs,
    nowMs - limits.idleMs,
  );
  return row === undefined ? null : { ...installationOf(row), tokenHash, lastUsedAtMs: row.last_used_at_ms };
}

/** Share of the idle limit that passes before a use is written down, so that not every call is a write. */
const touchShare = 0.25;

/** True when the use of a session is worth a write. */
export const isTouchDue = (lastUsedAtMs: number, idleMs: number, nowMs: number): boolean =>
  nowMs - lastUsedAtMs > idleMs * touchShare;

/** Notes that a session was used. */
export async function touchSession(statements: Statements, tokenHash: string, nowMs: number): Promise<void> {
  await statements.run('UPDATE sessions SET last_used_at_ms = ? WHERE token_hash = ?', nowMs, tokenHash);
}
