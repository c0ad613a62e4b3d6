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

/** Notes the address that somebody has now. */
export async function setEmail(
  statements: Statements,
  { issuer, subject, email }: Omit<Identity, 'memberId'>,
): Promise<void> {
  await statements.run(
    'UPDATE identities SET email = ? WHERE issuer = ? AND subject = ?',
    email,
    issuer,
    subject,
  );
}

/** Addresses of the members who came by single sign-on. */
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
