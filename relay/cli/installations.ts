import type { AuditLog } from '../audit.ts';
import type { Driver } from '../store/driver.ts';
import { operator } from '../people/actor.ts';
import { removeInstallations } from '../people/members.ts';

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
