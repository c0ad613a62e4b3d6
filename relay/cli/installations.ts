import type { AuditLog } from '../audit.ts';
import type { Driver } from '../store/driver.ts';
import { removeInstallations } from '../store/members.ts';

/**
 * Removes one installation, or all of a member's: their sessions are refused from the next call on.
 *
 * @param id of an installation (`ins_…`) or of a member (`mem_…`)
 * @returns the ids of the removed installations
 */
export async function revokeInstallations(
  { store, audit }: { store: Driver; audit: AuditLog },
  id: string,
): Promise<string[]> {
  return store.transaction(async (statements) => {
    const removed = await removeInstallations(statements, id);
    for (const installationId of removed) {
      await audit.recordIn(statements, { event: 'installation_removed', installationId });
    }
    return removed;
  });
}
