import type { Connection } from '../../shared/api/connections.ts';
import type { AccessMode } from '../../shared/provider.ts';
import type { Config } from '../config.ts';
import type { StoredConnection } from '../store/connections.ts';

/** Who calls the provider for a connection. A token made by hand never leaves the relay; for the rest the team decides. */
export function accessModeOf(
  { providers }: Pick<Config, 'providers'>,
  { method, providerId }: Pick<StoredConnection, 'method' | 'providerId'>,
): AccessMode {
  if (method === 'manual-token') return 'brokered';
  return providers.get(providerId)?.provider.accessMode ?? 'brokered';
}

/** A connection as members may see it. */
export function describeConnection(
  config: Pick<Config, 'providers'>,
  connection: Pick<StoredConnection, 'id' | 'providerId' | 'status' | 'method' | 'scopes' | 'createdAtMs'>,
): Connection {
  const { id, providerId, status, method, scopes, createdAtMs } = connection;
  const accessMode = accessModeOf(config, connection);
  return { id, providerId, status, method, accessMode, scopes, createdAtMs };
}
