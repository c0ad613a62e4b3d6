import { Failure } from '../../shared/failure.ts';
import type { ConnectionId } from '../../shared/ids.ts';
import { allowsConnection, type Decision } from '../../shared/policy.ts';
import type { Core } from '../core.ts';
import type { PolicyBook } from '../policy/policy.ts';
import { NotAllowed } from '../failures/not-allowed.ts';
import { findUsable, ownerOf, type StoredConnection } from '../store/connections.ts';
import type { Installation } from '../store/installations.ts';

/**
 * A connection that the caller may use, their own or the team's, and what the policy says of them.
 *
 * @throws Failure `not-found` · `blocked-by-admin`
 */
export async function usableConnection(
  deps: Pick<Core, 'store'> & { policies: PolicyBook },
  id: ConnectionId,
  caller: Installation,
): Promise<{ stored: StoredConnection; decision: Decision }> {
  const stored = await findUsable(deps.store, id, caller);
  if (stored === null) throw new Failure('not-found');
  const decision = await deps.policies.decide(caller);
  if (!allowsConnection(decision, { ...stored, owner: ownerOf(stored) })) {
    throw new NotAllowed('blocked-by-admin', { connectionId: stored.id, providerId: stored.providerId });
  }
  return { stored, decision };
}
