import type { AuditLog } from '../audit.ts';
import type { Driver } from '../store/driver.ts';
import { listInstallations, removeInstallations } from '../store/members.ts';

/** Every installation in lines of text: id, member with id, name, last seen. Names are written as JSON: they are not ours. */
export async function describeInstallations(store: Driver): Promise<string[]> {
  return (await listInstallations(store)).map(
    ({ installationId, memberId, memberName, name, lastSeenAtMs }) =>
      `${installationId}  ${memberId}  ${JSON.stringify(memberName)}  ${JSON.stringify(name)}  seen ${new Date(lastSeenAtMs).toISOString()}`,
  );
}

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
