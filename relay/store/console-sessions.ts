import { MemberId } from '../../shared/ids.ts';
import { MemberRole } from '../../shared/member.ts';
import type { Statements } from './driver.ts';

/** Who works in the administrators’ console, with the role they have now. */
export interface ConsoleMember {
  memberId: MemberId;
  memberName: string;
  role: MemberRole;
}

/** Keeps a session by the digest of its token, and forgets the ones that have ended. */
export async function insertConsoleSession(
  statements: Statements,
  { tokenHash, memberId, expiresAtMs }: { tokenHash: string; memberId: MemberId; expiresAtMs: number },
  nowMs: number,
): Promise<void> {
  await statements.run('DELETE FROM console_sessions WHERE expires_at_ms <= ?', nowMs);
  await statements.run(
    'INSERT INTO console_sessions (token_hash, member_id, expires_at_ms, last_used_at_ms) VALUES (?, ?, ?, ?)',
    tokenHash,
    memberId,
    expiresAtMs,
    nowMs,
  );
}

/** Whose session it is, with the role they have now, and when it was last used; null where it has ended. */
export async function findConsoleSession(
  statements: Statements,
  tokenHash: string,
  idleMs: number,
  nowMs: number,
): Promise<(ConsoleMember & { lastUsedAtMs: number }) | null> {
  const row = await statements.get<{ id: string; name: string; role: string; last_used_at_ms: number }>(
    `SELECT m.id, m.name, m.role, s.last_used_at_ms FROM console_sessions s JOIN members m ON m.id = s.member_id
     WHERE s.token_hash = ? AND s.expires_at_ms > ? AND s.last_used_at_ms > ?`,
    tokenHash,
    nowMs,
    nowMs - idleMs,
  );
  return row === undefined
    ? null
    : {
        memberId: MemberId.parse(row.id),
        memberName: row.name,
        role: MemberRole.parse(row.role),
        lastUsedAtMs: row.last_used_at_ms,
      };
}

/** Notes that a session was used. */
export async function touchConsoleSession(
  statements: Statements,
  tokenHash: string,
  nowMs: number,
): Promise<void> {
  await statements.run(
    'UPDATE console_sessions SET last_used_at_ms = ? WHERE token_hash = ?',
    nowMs,
    tokenHash,
  );
}

/** Takes a secret that is good for one use; whose it was, or null where it has been used or has ended. */
export async function takeConsoleSession(
  statements: Statements,
  tokenHash: string,
  nowMs: number,
): Promise<MemberId | null> {
  const row = await statements.get<{ member_id: string }>(
    'DELETE FROM console_sessions WHERE token_hash = ? AND expires_at_ms > ? RETURNING member_id',
    tokenHash,
    nowMs,
  );
  return row === undefined ? null : MemberId.parse(row.member_id);
}

/** Ends a session. */
export async function deleteConsoleSession(statements: Statements, tokenHash: string): Promise<void> {
  await statements.run('DELETE FROM console_sessions WHERE token_hash = ?', tokenHash);
}
