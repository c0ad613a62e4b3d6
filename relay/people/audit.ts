import { AuditLine, type AuditQuery } from '../../shared/api/audit.ts';
import { findEntries } from '../store/audit.ts';
import type { Driver } from '../store/driver.ts';

/** Entries of the audit log that fit, newest first, without the hashes that chain them. */
export async function searchAudit(
  store: Driver,
  { before, limit, memberId, connectionId, event }: AuditQuery,
): Promise<AuditLine[]> {
  const entries = await findEntries(store, {
    before: before ?? null,
    memberId: memberId ?? null,
    connectionId: connectionId ?? null,
    event: event ?? null,
    limit,
  });
  return entries.map((entry) => AuditLine.parse(entry));
}
