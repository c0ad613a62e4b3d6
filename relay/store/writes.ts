import type { MemberId } from '../../shared/ids.ts';
import type { Statements } from './driver.ts';

/** Takes the claim on `key` until `untilMs`, if nobody has one now; of two that try at once exactly one gets true. */
export async function takeClaim(
  statements: Statements,
  key: string,
  memberId: MemberId,
  nowMs: number,
  untilMs: number,
): Promise<boolean> {
  const taken = await statements.run(
    `INSERT INTO writes (key, member_id, until_ms) VALUES (?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET member_id = excluded.member_id, until_ms = excluded.until_ms
       WHERE writes.until_ms <= ?`,
    key,
    memberId,
    untilMs,
    nowMs,
  );
  return taken === 1;
}

/** Lets a member's claim end at `untilMs`. */
export async function endClaim(
  statements: Statements,
  key: string,
  memberId: MemberId,
  untilMs: number,
): Promise<void> {
  await statements.run(
    'UPDATE writes SET until_ms = ? WHERE key = ? AND member_id = ?',
    untilMs,
    key,
    memberId,
  );
}

/** Forgets claims that ended before. */
export async function deleteClaimsBefore(statements: Statements, beforeMs: number): Promise<number> {
  return statements.run('DELETE FROM writes WHERE until_ms < ?', beforeMs);
}
