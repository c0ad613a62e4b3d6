import type { AuditLog } from '../audit.ts';
import type { Driver } from '../store/driver.ts';
import { operator } from '../people/actor.ts';
import { removeInstallations } from '../people/members.ts';
import { listInstallations } from '../store/members.ts';

/** Every installation in lines of text: id, member with id, name, last use. Names are written as JSON: they are not ours. */
export async function describeInstallations(store: Driver): Promise<string[]> {
  return (await listInstallations(store)).map(
    ({ installationId, memberId, memberName, name, lastUsedAtMs }) =>
      `${installationId}  ${memberId}  ${JSON.stringify(memberName)}  ${JSON.stringify(name)}  seen ${new Date(lastUsedAtMs).toISOString()}`,
  );
}

/**
 * Removes one installation, or all of a member's: their sessions are refused from the next call on.
 *
 * @param id of an installation (`ins_…`) or of a member (`mem_…`)
 * @returns the ids of the removed installations
 */
export const revokeInstallations = (
  deps: { store: Driver; audit: AuditLog },
  id: string,
): Promise<string[]> => removeInstallations(deps, operator, id);
