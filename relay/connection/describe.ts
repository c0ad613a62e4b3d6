import type { Connection } from '../../shared/api/connections.ts';
import { couldDoMore, openDecision, type Decision } from '../../shared/policy.ts';
import type { AccessMode } from '../../shared/provider.ts';
import type { Config } from '../config/config.ts';
import { ownerOf, type StoredConnection } from '../store/connections.ts';

/**
 * Who calls the provider for a connection. A token made by hand never leaves the relay, nor does one that could do what
 * is off for the member; for the rest the team decides.
 */
export function accessModeOf(
  { providers }: Pick<Config, 'providers'>,
  stored: Pick<StoredConnection, 'method' | 'providerId' | 'sharedWith' | 'scopes'>,
  decision: Decision,
): AccessMode {
  const provider = providers.get(stored.providerId)?.provider;
  if (stored.method === 'manual-token' || stored.scopes === null || provider?.accessMode !== 'direct') {
    return 'brokered';
  }
  const isDirect = ownerOf(stored) === 'team' ? decision.directTeam : decision.direct;
  return isDirect && !couldDoMore(decision, provider, stored.scopes) ? 'direct' : 'brokered';
}

/** A connection as members may see it. */
export function describeConnection(
  config: Pick<Config, 'providers'>,
  connection: Pick<
    StoredConnection,
    'id' | 'providerId' | 'status' | 'method' | 'scopes' | 'createdAtMs' | 'sharedWith'
  >,
  decision: Decision = openDecision,
): Connection {
  const { id, providerId, status, method, scopes, createdAtMs } = connection;
  const owner = ownerOf(connection);
  const accessMode = accessModeOf(config, connection, decision);
  return {
    id,
    providerId,
    status,
    method,
    accessMode,
    scopes,
    owner,
    createdAtMs: owner === 'team' ? 0 : createdAtMs,
  };
}
