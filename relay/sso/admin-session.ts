import { Failure } from '../../shared/failure.ts';
import { digest, newToken } from '../keys/random.ts';
import {
  deleteConsoleSession,
  findConsoleSession,
  insertConsoleSession,
  touchConsoleSession,
  type ConsoleMember,
} from '../store/console-sessions.ts';
import type { Statements } from '../store/driver.ts';
import { isTouchDue } from '../store/sessions.ts';
import { closeSignIn, findSignInByState } from '../store/sign-ins.ts';
import { beginSignIn, finishSignIn, startUrlOf, takeIn, type SignInDeps } from './sign-in.ts';

/** A console session ends after this in any case, in milliseconds; earlier where the settings end all sessions earlier. */
const consoleLifetimeMs = 4 * 3_600_000;

/** The same for one in which nothing is done. */
const consoleIdleMs = 30 * 60_000;

/**
 * Begins to sign an administrator in to the console, in a browser without the extension.
 *
 * @returns `startUrl` to send the browser to; `binding`, a secret that goes into an `HttpOnly; Secure; SameSite=Lax` cookie
 *   and is given back to `signInAdmin`
 * @throws Failure `sign-in-off`
 */
export async function beginAdminSignIn(deps: SignInDeps): Promise<{ startUrl: string; binding: string }> {
  const binding = newToken();
  const signIn = await beginSignIn(deps, {
    thumbprint: digest(binding),
    codeChallenge: '',
    redirectKind: 'console',
  });
  return { startUrl: startUrlOf(deps, signIn), binding };
}

/** A console session: the token is told once, and kept as its digest. */
export interface ConsoleSession extends ConsoleMember {
  token: string;
  /** Epoch milliseconds. */
  expiresAtMs: number;
}

/**
 * Ends a sign-in to the console, with what its redirect brought (`state`, `handle`) and the secret of the browser that
 * began it. Administrators and auditors alone get in; whoever comes for the first time becomes a member as in an extension.
 *
 * @throws Failure `flow-unknown` · `key-mismatch` (another browser began it) · `not-admin` · as `finishSignIn`
 */
export async function signInAdmin(
  deps: SignInDeps,
  { state, handle, binding }: { state: string; handle: string; binding: string },
  requestId?: string,
): Promise<ConsoleSession> {
  const { store, audit } = deps;
  const signIn = await findSignInByState(store, state);
  if (signIn?.redirectKind !== 'console') throw new Failure('flow-unknown');
  const subject = { requestId };
  if (signIn.thumbprint !== digest(binding)) {
    await closeSignIn(store, signIn.id, 'burned');
    await audit.record({ event: 'key_mismatch', outcome: 'refused', ...subject, flowId: signIn.id });
    throw new Failure('key-mismatch');
  }
  const signedIn = await finishSignIn(deps, signIn, handle, subject);
  const {
    id: memberId,
    name: memberName,
    role,
  } = await takeIn(deps, signedIn, subject, async (_, member) => member);
  const session = await store.transaction((statements) =>
    openConsoleSession(deps, statements, { memberId, role }, requestId),
  );
  return { ...session, memberId, memberName, role };
}

/**
 * Opens a console session for whoever has shown who they are, in a transaction of the caller.
 *
 * @throws Failure `not-admin` · `not-found` (there is no such member)
 */
export async function openConsoleSession(
  { audit, config, now }: Pick<SignInDeps, 'audit' | 'config' | 'now'>,
  statements: Statements,
  { memberId, role }: Pick<ConsoleMember, 'memberId' | 'role'>,
  requestId?: string,
): Promise<Pick<ConsoleSession, 'token' | 'expiresAtMs'>> {
  if (role === 'member') throw new Failure('not-admin');
  const token = `adm_${newToken()}`;
  const expiresAtMs = now() + Math.min(config.sessions.lifetimeMs, consoleLifetimeMs);
  await insertConsoleSession(statements, { tokenHash: digest(token), memberId, expiresAtMs }, now());
  await audit.recordIn(statements, { event: 'console_opened', requestId, memberId });
  return { token, expiresAtMs };
}

const idleMsOf = ({ config }: Pick<SignInDeps, 'config'>): number =>
  Math.min(config.sessions.idleMs, consoleIdleMs);

/** Who works in the console with this token, with the role they have now; null where the session has ended. */
export async function findConsoleMember(
  deps: Pick<SignInDeps, 'store' | 'config' | 'now'>,
  token: string,
): Promise<(ConsoleMember & { lastUsedAtMs: number }) | null> {
  const member = await findConsoleSession(deps.store, digest(token), idleMsOf(deps), deps.now());
  return member === null || member.role === 'member' ? null : member;
}

/** Notes that a console session was used, if it is time to. */
export async function noteConsoleUse(
  deps: Pick<SignInDeps, 'store' | 'config' | 'now'>,
  token: string,
  { lastUsedAtMs }: { lastUsedAtMs: number },
): Promise<void> {
  if (isTouchDue(lastUsedAtMs, idleMsOf(deps), deps.now())) {
    await touchConsoleSession(deps.store, digest(token), deps.now());
  }
}

/** Ends a console session. */
export const signOutAdmin = ({ store }: Pick<SignInDeps, 'store'>, token: string): Promise<void> =>
  deleteConsoleSession(store, digest(token));
