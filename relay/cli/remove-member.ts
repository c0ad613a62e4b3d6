import type { ConnectionId, MemberId } from '../../shared/ids.ts';
import { disconnect } from '../disconnect.ts';
import { noMetrics } from '../metrics.ts';
import { listConnectionsOf } from '../store/connections.ts';
import { deleteMember } from '../store/listings.ts';
import { isMember, removeInstallations } from '../store/members.ts';
import { noTraces } from '../traces.ts';
import type { Tools } from './command.ts';

/** What went with a member. */
interface Removed {
  memberId: MemberId;
  installations: string[];
  connections: ConnectionId[];
}

/**
 * Removes a member with everything of theirs: first the browsers, so that nobody goes on meanwhile, then the tokens,
 * here and at the provider, then the member.
 *
 * @returns null where there is no such member
 */
export async function removeMember(tools: Tools, memberId: MemberId): Promise<Removed | null> {
  const { store, audit } = tools;
  if (!(await isMember(store, memberId))) return null;
  const installations = await store.transaction(async (statements) => {
    const removed = await removeInstallations(statements, memberId);
    for (const installationId of removed) {
      await audit.recordIn(statements, { event: 'installation_removed', memberId, installationId });
    }
    return removed;
  });
  const connections = (await listConnectionsOf(store, memberId)).map(({ id }) => id);
  for (const id of connections) {
    await disconnect({ ...tools, metrics: noMetrics, traces: noTraces }, id, memberId, { memberId });
  }
  await store.transaction(async (statements) => {
    await deleteMember(statements, memberId);
    await audit.recordIn(statements, { event: 'member_removed', memberId });
  });
  return { memberId, installations, connections };
}
