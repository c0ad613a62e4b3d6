import { digest, newToken } from '../../keys/random.ts';
import type { MemberId } from '../../../shared/ids.ts';
import { insertConsoleSession, takeConsoleSession } from '../../store/console-sessions.ts';
import type { Statements } from '../../store/driver.ts';

/** A purpose is part of what is hashed, so a secret is found for its own purpose alone. No session's token has a space. */
const hashOf = (purpose: string, secret: string): string => digest(`${purpose} ${secret}`);

/** Draws a secret of a member's that is good for one use, for one purpose, for a while; it stands beside the sessions. */
export async function drawOnce(
  statements: Statements,
  { purpose, memberId, lifetimeMs }: { purpose: string; memberId: MemberId; lifetimeMs: number },
  nowMs: number,
): Promise<string> {
  const secret = newToken();
  const kept = { tokenHash: hashOf(purpose, secret), memberId, expiresAtMs: nowMs + lifetimeMs };
  await insertConsoleSession(statements, kept, nowMs);
  return secret;
}

/** Spends such a secret; whose it was, or null where it is unknown, spent, too old, or for something else. */
export const spendOnce = (
  statements: Statements,
  purpose: string,
  secret: string,
  nowMs: number,
): Promise<MemberId | null> => takeConsoleSession(statements, hashOf(purpose, secret), nowMs);
