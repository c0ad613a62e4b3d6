import { MemberId } from '../../shared/ids.ts';
import type { Statements } from './driver.ts';

/** Somebody at the identity provider, and which member they are. */
export interface Identity {
  issuer: string;
  subject: string;
  /** Null once the member was removed: then nobody comes back as them by signing in. */
  memberId: MemberId | null;
  /** Lower case. */
  email: string;
}

interface IdentityRow {
  issuer: string;
  subject: string;
  member_id: string | null;
  email: string;
}

const identityOf = (row: IdentityRow): Identity => ({
  issuer: row.issuer,
  subject: row.subject,
  memberId: row.member_id === null ? null : MemberId.parse(row.member_id),
  email: row.email,
});

/** Who this subject is; where nobody is, somebody with the same address who was removed, if there is one. */
export async function findIdentity(
  statements: Statements,
  { issuer, subject, email }: Omit<Identity, 'memberId'>,
): Promise<Identity | null> {
  const row = await statements.get<IdentityRow>(
    `SELECT * FROM identities WHERE (issuer = ? AND subject = ?) OR (email = ? AND member_id IS NULL)
     ORDER BY CASE WHEN issuer = ? AND subject = ? THEN 0 ELSE 1 END LIMIT 1`,
    issuer,
    subject,
    email,
    issuer,
    subject,
  );
  return row === undefined ? null : identityOf(row);
}

/** Keeps who somebody is, with the address they have now; false where somebody was faster. */
export async function insertIdentity(
  statements: Statements,
  { issuer, subject, memberId, email }: Identity,
  nowMs: number,
): Promise<boolean> {
  const added = await statements.run(
    `INSERT INTO identities (issuer, subject, member_id, email, created_at_ms) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (issuer, subject) DO NOTHING`,
    issuer,
    subject,
    memberId,
    email,
    nowMs,
  );
  return added === 1;
}

/**
 * The issuer of an account that an administrator has named by its address, and that nobody has signed in with yet. No
 * identity provider is called so. Being an identity, it is forgotten and remembered as one when its member is removed.
 */
const named = '';

/** Names the address of a member's account; false where that address is named already. */
export const insertNamed = (
  statements: Statements,
  { memberId, email }: Pick<Identity, 'memberId' | 'email'>,
  nowMs: number,
): Promise<boolean> => insertIdentity(statements, { issuer: named, subject: email, memberId, email }, nowMs);

/** Forgets the address that was named for a member. */
export async function deleteNamed(statements: Statements, memberId: MemberId): Promise<void> {
  await statements.run('DELETE FROM identities WHERE issuer = ? AND member_id = ?', named, memberId);
}

/** Makes the account that was named by this address the one of who has signed in; whose it is, or null where none was. */
export async function claimNamed(
  statements: Statements,
  { issuer, subject, email }: Omit<Identity, 'memberId'>,
): Promise<MemberId | null> {
  const row = await statements.get<{ member_id: string }>(
    `UPDATE identities SET issuer = ?, subject = ? WHERE issuer = ? AND subject = ? AND member_id IS NOT NULL
     RETURNING member_id`,
    issuer,
    subject,
    named,
    email,
  );
  return row === undefined ? null : MemberId.parse(row.member_id);
}

/** Whether anybody else has this address, or was removed with it. */
export async function isEmailElsewhere(
  statements: Statements,
  { memberId, email }: { memberId: MemberId; email: string },
): Promise<boolean> {
  const row = await statements.get(
    'SELECT 1 AS one FROM identities WHERE email = ? AND (member_id IS NULL OR member_id <> ?) LIMIT 1',
    email,
    memberId,
  );
  return row !== undefined;
}

/** The work account of a member: its address, and whether they have signed in with it or it is only named. */
export async function accountOf(
  statements: Statements,
  memberId: MemberId,
): Promise<{ email: string | null; hasSignedIn: boolean }> {
  const row = await statements.get<IdentityRow>(
    'SELECT * FROM identities WHERE member_id = ? ORDER BY created_at_ms DESC LIMIT 1',
    memberId,
  );
  return { email: row?.email ?? null, hasSignedIn: row !== undefined && row.issuer !== named };
}

/** Notes the address that a member has now; false where they are that member no more. */
export async function setEmail(
  statements: Statements,
  { issuer, subject, memberId, email }: Identity,
): Promise<boolean> {
  const changed = await statements.run(
    'UPDATE identities SET email = ? WHERE issuer = ? AND subject = ? AND member_id = ?',
    email,
    issuer,
    subject,
    memberId,
  );
  return changed === 1;
}

/** Addresses of the members’ work accounts, also of those that are only named. */
export async function listEmails(statements: Statements): Promise<Map<string, string>> {
  const rows = await statements.all<{ member_id: string; email: string }>(
    'SELECT member_id, email FROM identities WHERE member_id IS NOT NULL',
  );
  return new Map(rows.map((row) => [row.member_id, row.email]));
}

/** Addresses of those who were removed, and therefore cannot come back by signing in. */
export async function listRemovedEmails(statements: Statements): Promise<string[]> {
  const rows = await statements.all<{ email: string }>(
    'SELECT DISTINCT email FROM identities WHERE member_id IS NULL ORDER BY email',
  );
  return rows.map(({ email }) => email);
}

/** Forgets that somebody with this address was removed; answers how many were forgotten. */
export async function forgetRemoved(statements: Statements, email: string): Promise<number> {
  return statements.run('DELETE FROM identities WHERE email = ? AND member_id IS NULL', email);
}
