import type { MemberId } from '../../shared/ids.ts';
import type { Statements } from './driver.ts';
import {
  findInstallation,
  insertInstallation,
  type Installation,
  type NewInstallation,
} from './installations.ts';

/** An unused invite as kept: neither its code nor its short code can be read from it. */
export interface NewInvite {
  /** SHA-256 of the long code. */
  codeHash: string;
  expiresAtMs: number;
  /** Keyed hash of the short code: of so few letters a plain one would be guessed. */
  shortHash: string;
  shortUntilMs: number;
}

/** Adds an unused invite for a member; false where there is no such member. */
export async function insertInvite(
  statements: Statements,
  memberId: MemberId,
  { codeHash, expiresAtMs, shortHash, shortUntilMs }: NewInvite,
  nowMs: number,
): Promise<boolean> {
  const added = await statements.run(
    `INSERT INTO invites (code_hash, member_id, created_at_ms, expires_at_ms, short_hash, short_until_ms)
     SELECT ?, id, ?, ?, ?, ? FROM members WHERE id = ? AND role <> 'team'`,
    codeHash,
    nowMs,
    expiresAtMs,
    shortHash,
    shortUntilMs,
    memberId,
  );
  return added === 1;
}

/** What of an invite was presented. */
export type PresentedInvite = { codeHash: string } | { shortHash: string };

/**
 * Uses up an invite and adds the installation, in a transaction.
 *
 * A key that the invite was used up with gets the same installation again: its answer was lost, or its browser ended
 * before it could keep it.
 *
 * @returns null where the invite is unknown, used by another key or expired
 */
export async function enrolInstallation(
  statements: Statements,
  installation: NewInstallation,
  invite: PresentedInvite,
  nowMs: number,
): Promise<Installation | null> {
  const used =
    'codeHash' in invite
      ? await statements.get<{ member_id: string }>(
          `UPDATE invites SET used_at_ms = ? WHERE code_hash = ? AND used_at_ms IS NULL AND expires_at_ms > ?
           RETURNING member_id`,
          nowMs,
          invite.codeHash,
          nowMs,
        )
      : await statements.get<{ member_id: string }>(
          `UPDATE invites SET used_at_ms = ? WHERE short_hash = ? AND used_at_ms IS NULL AND short_until_ms > ?
           RETURNING member_id`,
          nowMs,
          invite.shortHash,
          nowMs,
        );
  return used === undefined
    ? findEnrolled(statements, installation.thumbprint, invite)
    : insertInstallation(statements, installation, used.member_id, nowMs);
}

/** The installation that was made with this invite, if it has this key. */
async function findEnrolled(
  statements: Statements,
  thumbprint: string,
  invite: PresentedInvite,
): Promise<Installation | null> {
  const [column, hash] =
    'codeHash' in invite ? ['code_hash', invite.codeHash] : ['short_hash', invite.shortHash];
  const made = await statements.get(
    `SELECT i.id FROM installations i JOIN invites v ON v.member_id = i.member_id AND v.used_at_ms = i.created_at_ms
     WHERE i.thumbprint = ? AND v.${column} = ?`,
    thumbprint,
    hash,
  );
  return made === undefined ? null : findInstallation(statements, thumbprint);
}

/** How many invites of each member can still be used. */
export async function countInvites(statements: Statements, nowMs: number): Promise<Map<string, number>> {
  const rows = await statements.all<{ member_id: string; count: number }>(
    `SELECT member_id, count(*) AS count FROM invites WHERE used_at_ms IS NULL AND expires_at_ms > ?
     GROUP BY member_id`,
    nowMs,
  );
  return new Map(rows.map((row) => [row.member_id, row.count]));
}
