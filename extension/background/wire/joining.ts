import type { z } from 'zod';
import { createEnrolment, InviteCode, InviteLink, readShortCode } from '../../../shared/api/enrolments.ts';
import type { RedirectKind } from '../../../shared/api/flows.ts';
import { createSignIn, exchangeSignIn } from '../../../shared/api/sign-ins.ts';
import { Failure } from '../../../shared/failure.ts';
import type { SignInId } from '../../../shared/ids.ts';
import { isSafeUrl } from '../../../shared/safe-url.ts';
import { isRelayAllowed } from '../../../shared/view/managed.ts';
import { clearTeam } from '../../storage.ts';
import { installation } from './installation.ts';
import { readManaged } from './managed.ts';
import { send } from './exchange.ts';

/** What an administrator has handed over: a link, or a short code and where it holds. */
type GivenInvite = { link: string } | { relayOrigin: string; code: string };

/** @throws Failure `invite-invalid` where it has not the form of an invite */
function readInvite(given: GivenInvite): { relayOrigin: string; invite: string } {
  if ('link' in given) {
    const link = InviteLink.safeParse(given.link);
    // Such as a port that there is not.
    if (!link.success || !URL.canParse(link.data.relayOrigin)) throw new Failure('invite-invalid');
    return { ...link.data, relayOrigin: new URL(link.data.relayOrigin).origin };
  }
  const { relayOrigin, code } = given;
  const invite = InviteCode.safeParse(code.trim()).data ?? readShortCode(code);
  const isOrigin = /^https?:\/\/[^/]+$/.test(relayOrigin) && URL.canParse(relayOrigin);
  if (invite === null || !isOrigin) throw new Failure('invite-invalid');
  return { relayOrigin, invite };
}

/** @throws Failure `relay-insecure` · `policy-unreadable` · `invite-for-other-relay` where the organisation has set another */
async function requireRelay(relayOrigin: string): Promise<void> {
  if (!isSafeUrl(relayOrigin)) throw new Failure('relay-insecure');
  const managed = await readManaged();
  if (managed.unreadable.includes('relayOrigin')) throw new Failure('policy-unreadable');
  if (!isRelayAllowed(managed, relayOrigin)) throw new Failure('invite-for-other-relay');
}

/**
 * Joins the relay that an invite names. The relay must answer before anything is kept.
 *
 * @throws Failure `invite-invalid` · `relay-insecure` · `invite-for-other-relay` · `policy-unreadable` · `relay-down` ·
 *   `relay-not-allowed`
 */
export async function enrol(given: GivenInvite): Promise<void> {
  const { relayOrigin, invite } = readInvite(given);
  await requireRelay(relayOrigin);
  await join(relayOrigin, send(relayOrigin, createEnrolment, {}, { invite, ...describeBrowser() }, null));
}

/** What ends something that is under way for the team, or forgets what is in memory only. */
const forgetting: Array<() => Promise<void>> = [];

/** Has `forget` called when another team has answered, before what is kept of this one is forgotten. */
export const beforeJoining = (forget: () => Promise<void>): void => void forgetting.push(forget);

/** Keeps where this installation has become one, once the relay has answered. */
async function join(
  relayOrigin: string,
  answer: Promise<z.infer<typeof createEnrolment.output>>,
): Promise<void> {
  const { installationId, memberName } = await answer;
  // First: a background that ends in the middle of this belongs to no team, never to one with what is another's.
  await installation.clear();
  await Promise.all(forgetting.map((forget) => forget()));
  await clearTeam();
  await installation.write({ relayOrigin, installationId, memberName });
}

/**
 * Begins to join a relay by single sign-on.
 *
 * @returns the page to show, one of the relay's own, and what to compare with what comes back
 * @throws Failure `sign-in-off` · `invite-for-other-relay` · `policy-unreadable` · `response-mismatch` · as `enrol`
 */
export async function beginSignIn(
  relayOrigin: string,
  codeChallenge: string,
  redirectKind: RedirectKind,
): Promise<z.infer<typeof createSignIn.output>> {
  await requireRelay(relayOrigin);
  const begun = await send(relayOrigin, createSignIn, {}, { codeChallenge, redirectKind }, null);
  if (new URL(begun.startUrl).origin !== relayOrigin) throw new Failure('response-mismatch');
  return begun;
}

/**
 * Joins with the handle that came back.
 *
 * @throws Failure `sign-in-refused` · as `enrol`
 */
export async function finishSignIn(
  relayOrigin: string,
  signInId: SignInId,
  proof: { handle: string; codeVerifier: string },
): Promise<void> {
  const input = { ...proof, ...describeBrowser() };
  await join(relayOrigin, send(relayOrigin, exchangeSignIn, { signInId }, input, null));
}

/** How this browser calls itself: for the administrator's list. */
function describeBrowser() {
  const { userAgent } = navigator;
  const [, found = '', version = ''] =
    /(Firefox|Edg|Chrome)\/(\d{1,6}(?:\.\d{1,6}){0,3})/.exec(
      // Edge says Chrome first.
      userAgent.replace(/Chrome\/(?=.*Edg\/)/, ''),
    ) ?? [];
  const name = found === 'Edg' ? 'Edge' : found === '' ? 'Chrome' : found;
  const system = /Windows|Mac OS X|CrOS|Android|Linux/.exec(userAgent)?.[0] ?? '';
  return {
    installationName: `${name} ${system}`.trim(),
    ...(version === '' ? {} : { browser: { name, version } }),
  };
}
