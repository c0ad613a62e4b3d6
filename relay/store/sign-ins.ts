import { z } from 'zod';
import { RedirectKind } from '../../shared/api/flows.ts';
import { SignInId } from '../../shared/ids.ts';
import type { Statements } from './driver.ts';

/** Where a sign-in ends: in an extension, or in the console of administrators: nowhere else. */
const SignInTarget = z.enum([...RedirectKind.options, 'console']);
/** Where a sign-in ends. */
export type SignInTarget = z.infer<typeof SignInTarget>;

/** One attempt to sign in at the identity provider, as kept until it ends. */
export interface SignIn {
  id: SignInId;
  /** Thumbprint of the key that began it, or for the console the digest of its cookie: nobody else may finish it. */
  thumbprint: string;
  state: string;
  /** Nonce and PKCE verifier between relay and identity provider, sealed. */
  secrets: string;
  /** PKCE challenge between extension and relay; empty where an administrator signs in to the console, which a cookie binds. */
  codeChallenge: string;
  redirectKind: SignInTarget;
  status: 'open' | 'used' | 'burned';
  expiresAtMs: number;
}

interface SignInRow {
  id: string;
  thumbprint: string;
  state: string;
  secrets: string;
  code_challenge: string;
  redirect_kind: string;
  status: SignIn['status'];
  expires_at_ms: number;
}

const signInOf = (row: SignInRow): SignIn => ({
  id: SignInId.parse(row.id),
  thumbprint: row.thumbprint,
  state: row.state,
  secrets: row.secrets,
  codeChallenge: row.code_challenge,
  redirectKind: SignInTarget.parse(row.redirect_kind),
  status: row.status,
  expiresAtMs: row.expires_at_ms,
});

/** Adds an open attempt, and forgets the ones that have ended. */
export async function insertSignIn(statements: Statements, signIn: SignIn, nowMs: number): Promise<void> {
  await statements.run('DELETE FROM sign_ins WHERE expires_at_ms <= ?', nowMs);
  await statements.run(
    `INSERT INTO sign_ins (id, thumbprint, state, secrets, code_challenge, redirect_kind, status, expires_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    signIn.id,
    signIn.thumbprint,
    signIn.state,
    signIn.secrets,
    signIn.codeChallenge,
    signIn.redirectKind,
    signIn.status,
    signIn.expiresAtMs,
  );
}

/** The attempt with this id, whatever its status. */
export async function findSignIn(statements: Statements, id: string): Promise<SignIn | null> {
  const row = await statements.get<SignInRow>('SELECT * FROM sign_ins WHERE id = ?', id);
  return row === undefined ? null : signInOf(row);
}

/** The attempt that a `state` belongs to, whatever its status. */
export async function findSignInByState(statements: Statements, state: string): Promise<SignIn | null> {
  const row = await statements.get<SignInRow>('SELECT * FROM sign_ins WHERE state = ?', state);
  return row === undefined ? null : signInOf(row);
}

/** Ends an open attempt. Of two callers at the same instant exactly one gets true. */
export async function closeSignIn(
  statements: Statements,
  id: SignInId,
  status: 'used' | 'burned',
): Promise<boolean> {
  const changed = await statements.run(
    "UPDATE sign_ins SET status = ? WHERE id = ? AND status = 'open'",
    status,
    id,
  );
  return changed === 1;
}
