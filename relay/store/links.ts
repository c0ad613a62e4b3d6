import type { Link } from '../../shared/api/links.ts';
import type { MemberId } from '../../shared/ids.ts';
import type { Statements } from './driver.ts';

/** Links of a company among these records. */
export async function listLinks(
  statements: Statements,
  companyId: number,
  clientIds: readonly number[],
  contactIds: readonly string[],
): Promise<Link[]> {
  if (clientIds.length === 0 || contactIds.length === 0) return [];
  const marks = (values: readonly unknown[]): string => values.map(() => '?').join(', ');
  const rows = await statements.all<{ client_id: number; contact_id: string }>(
    `SELECT client_id, contact_id FROM links
     WHERE company_id = ? AND client_id IN (${marks(clientIds)}) AND contact_id IN (${marks(contactIds)})`,
    companyId,
    ...clientIds,
    ...contactIds,
  );
  return rows.map((row) => ({ clientId: row.client_id, contactId: row.contact_id }));
}

/** Adds a link; one that is there already stays. */
export async function insertLink(
  statements: Statements,
  memberId: MemberId,
  companyId: number,
  { clientId, contactId }: Link,
  nowMs: number,
): Promise<void> {
  await statements.run(
    `INSERT INTO links (member_id, company_id, client_id, contact_id, created_at_ms) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (company_id, client_id, contact_id) DO NOTHING`,
    memberId,
    companyId,
    clientId,
    contactId,
    nowMs,
  );
}

/** Takes a link back. */
export async function removeLink(
  statements: Statements,
  companyId: number,
  { clientId, contactId }: Link,
): Promise<void> {
  await statements.run(
    'DELETE FROM links WHERE company_id = ? AND client_id = ? AND contact_id = ?',
    companyId,
    clientId,
    contactId,
  );
}
