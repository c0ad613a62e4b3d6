import { createHmac, randomInt } from 'node:crypto';
import { shortCodeLetters } from '../../shared/api/enrolments.ts';
import type { Invite } from '../../shared/api/members.ts';
import type { MemberId } from '../../shared/ids.ts';
import type { Core } from '../core.ts';
import { digest, newId } from '../keys/random.ts';
import { loadRelayKey } from '../keys/relay-key.ts';
import type { Statements } from '../store/driver.ts';
import { insertInvite, type PresentedInvite } from '../store/invites.ts';

/** How long the link of an invite can be used, in milliseconds. */
const linkLifetimeMs = 7 * 86_400_000;

/** How long its short code can be, in milliseconds: it is read out to somebody who is waiting. */
const codeLifetimeMs = 86_400_000;

/** What invites need of the relay. */
export type InviteDeps = Pick<Core, 'store' | 'vault'> & { config: Pick<Core['config'], 'publicUrl'> };

/** A code to be read out: 40 random bits, in letters that sound and look unlike each other. */
function drawShortCode(): string {
  const letters = Array.from({ length: 8 }, () => shortCodeLetters[randomInt(shortCodeLetters.length)]);
  return `${letters.slice(0, 4).join('')}-${letters.slice(4).join('')}`;
}

/** So few letters can all be tried against a plain hash; without the vault's key there is nothing to try against. */
async function shortHashOf({ store, vault }: Pick<Core, 'store' | 'vault'>, code: string): Promise<string> {
  const key = await loadRelayKey(store, vault, 'invites');
  return createHmac('sha256', key).update(code).digest('base64url');
}

/** Draws an invite: what is told once, and a way to keep it that can be used in a transaction. */
export async function drawInvite(
  deps: InviteDeps,
  nowMs: number,
): Promise<{ invite: Invite; keep(statements: Statements, memberId: MemberId): Promise<boolean> }> {
  const long = newId('inv');
  const code = drawShortCode();
  const [expiresAtMs, codeExpiresAtMs] = [nowMs + linkLifetimeMs, nowMs + codeLifetimeMs];
  const kept = {
    codeHash: digest(long),
    expiresAtMs,
    shortHash: await shortHashOf(deps, code),
    shortUntilMs: codeExpiresAtMs,
  };
  return {
    // In the fragment, which no server sees.
    invite: { link: `${deps.config.publicUrl}/#${long}`, code, expiresAtMs, codeExpiresAtMs },
    keep: (statements, memberId) => insertInvite(statements, memberId, kept, nowMs),
  };
}

/** Whether this is the half of an invite that could be guessed. */
export const isShortCode = (invite: string): boolean => !invite.startsWith('inv_');

/** What the database knows a presented invite by. */
export async function presentedOf(
  deps: Pick<Core, 'store' | 'vault'>,
  invite: string,
): Promise<PresentedInvite> {
  return isShortCode(invite) ? { shortHash: await shortHashOf(deps, invite) } : { codeHash: digest(invite) };
}
