import { z } from 'zod';
import { signInLifetimeMs } from '../../shared/api/sign-ins.ts';
import { Failure } from '../../shared/failure.ts';
import { SignInId } from '../../shared/ids.ts';
import type { AuditSubject } from '../audit.ts';
import type { Config } from '../config/config.ts';
import { openHandle, sealHandle } from '../connection/handle.ts';
import type { Core } from '../core.ts';
import { newId, newToken } from '../keys/random.ts';
import type { Place } from '../keys/vault.ts';
import type { Statements } from '../store/driver.ts';
import type { StoredMember } from '../store/members.ts';
import { closeSignIn, insertSignIn, type SignIn, type SignInTarget } from '../store/sign-ins.ts';
import { readClaims, type SignedIn } from './claims.ts';
import { createIdentityProvider, type IdentityProvider, type SignInSecrets } from './client.ts';
import { memberOf } from './members.ts';

/** Path of the one redirect URL that is registered with the identity provider. */
export const signInCallbackPath = '/sign-in-callback';

/** Path in the administrators' console at which its sign-ins end. */
export const consoleSignedInPath = '/admin/signed-in';

/** The team's identity provider, if it has one. */
export const openIdentityProvider = (
  { sso, publicUrl }: Pick<Config, 'sso' | 'publicUrl'>,
  now: () => number,
): IdentityProvider | null =>
  sso === null ? null : createIdentityProvider(sso, publicUrl + signInCallbackPath, now);

/** What signing in needs of the relay. */
export type SignInDeps = Pick<Core, 'store' | 'vault' | 'audit' | 'config' | 'now'> & {
  /** Null where members come by invite alone. */
  identity: IdentityProvider | null;
};

const Secrets = z.object({ nonce: z.string(), verifier: z.string() });

const secretsPlace = (id: SignInId): Place => ({ table: 'sign_ins', row: id, column: 'secrets', owner: [] });

/** What a sealed answer is bound to. */
const boundOf = ({ id, thumbprint, expiresAtMs }: SignIn) => ({
  id,
  thumbprint,
  expiresAtMs,
  providerId: 'sso',
});

/**
 * Begins an attempt to sign in that only whoever has `thumbprint`'s secret can finish.
 *
 * @throws Failure `sign-in-off`
 */
export async function beginSignIn(
  { store, vault, identity, now }: SignInDeps,
  { thumbprint, codeChallenge, redirectKind }: Pick<SignIn, 'thumbprint' | 'codeChallenge' | 'redirectKind'>,
): Promise<SignIn> {
  if (identity === null) throw new Failure('sign-in-off');
  const id = SignInId.parse(newId('sgn'));
  const secrets = { nonce: newToken(), verifier: newToken() };
  const signIn: SignIn = {
    id,
    thumbprint,
    state: newToken(),
    secrets: vault.seal(secretsPlace(id), JSON.stringify(secrets)),
    codeChallenge,
    redirectKind,
    status: 'open',
    expiresAtMs: now() + signInLifetimeMs,
  };
  await insertSignIn(store, signIn, now());
  return signIn;
}

/** Where the browser is sent to first: a page of ours, which sends it on to the identity provider. */
export const startUrlOf = ({ config }: Pick<Core, 'config'>, { id }: Pick<SignIn, 'id'>): string =>
  `${config.publicUrl}/sign-in/${id}`;

/** Whether an attempt can still be finished. */
export const isOpen = ({ status, expiresAtMs }: SignIn, { now }: Pick<Core, 'now'>): boolean =>
  status === 'open' && expiresAtMs > now();

/** What the identity provider's answer must match. */
const secretsOf = ({ vault }: Pick<Core, 'vault'>, { id, state, secrets }: SignIn): SignInSecrets => ({
  state,
  ...Secrets.parse(JSON.parse(vault.open(secretsPlace(id), secrets))),
});

/** @throws Failure `sign-in-off` · `provider-down` */
export function signInUrl(deps: SignInDeps, signIn: SignIn): Promise<string> {
  if (deps.identity === null) throw new Failure('sign-in-off');
  return deps.identity.signInUrl(secretsOf(deps, signIn));
}

/** Where an attempt's browser is sent at the end: fixed places of the settings. */
export function targetOf({ config }: Pick<Core, 'config'>, kind: SignInTarget): string {
  return kind === 'console' ? config.publicUrl + consoleSignedInPath : config.redirectTargets[kind];
}

/** Seals the identity provider's code for the attempt: without its key, or in another attempt, it is worth nothing. */
export const sealAnswer = (
  { vault }: Pick<Core, 'vault'>,
  signIn: SignIn,
  answer: { code: string; issuer: string | null },
): string => sealHandle(vault, boundOf(signIn), answer);

/**
 * Ends an attempt, once: trades the code in `handle` for who signed in, if the team takes them in.
 *
 * The caller has checked that whoever finishes has begun.
 *
 * @throws Failure `sign-in-off` · `flow-expired` · `flow-used` · `response-mismatch` · `sign-in-refused` · `provider-down`
 */
export async function finishSignIn(
  deps: SignInDeps,
  signIn: SignIn,
  handle: string,
  subject: AuditSubject,
): Promise<SignedIn> {
  const { store, vault, audit, identity, config, now } = deps;
  if (identity === null || config.sso === null) throw new Failure('sign-in-off');
  if (signIn.expiresAtMs <= now()) throw new Failure('flow-expired');
  const refused = { event: 'sign_in_refused', outcome: 'refused', ...subject, flowId: signIn.id } as const;
  const answer = openHandle(vault, boundOf(signIn), handle);
  if (answer === null) {
    await audit.record(refused);
    throw new Failure('response-mismatch');
  }
  if (!(await closeSignIn(store, signIn.id, 'used'))) throw new Failure('flow-used');
  try {
    return readClaims(config.sso, await identity.claimsOf(answer, secretsOf(deps, signIn)));
  } catch (error) {
    await audit.record(refused);
    throw error;
  }
}

/**
 * Takes whoever signed in into the team, or finds them there, and does the rest in the same transaction.
 *
 * @throws Failure `sign-in-refused` where somebody like this was removed, which is written down
 */
export async function takeIn<Result>(
  { store, audit, now }: Pick<SignInDeps, 'store' | 'audit' | 'now'>,
  signedIn: SignedIn,
  subject: AuditSubject,
  rest: (statements: Statements, member: StoredMember) => Promise<Result>,
): Promise<Result> {
  try {
    return await store.transaction(async (statements) =>
      rest(statements, await memberOf(statements, audit, signedIn, now(), subject)),
    );
  } catch (error) {
    const isRefused = error instanceof Failure && error.code === 'sign-in-refused';
    if (isRefused) await audit.record({ event: 'sign_in_refused', outcome: 'refused', ...subject });
    throw error;
  }
}
