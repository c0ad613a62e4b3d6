import type { Driver } from '../store/driver.ts';
import { listAllConnections } from '../store/connections.ts';

/** The team's connections, without any secret. */
export async function listShared(store: Driver) {
  return (await listAllConnections(store)).flatMap(
    ({ id, providerId, status, method, scopes, createdAtMs, sharedWith }) =>
      sharedWith === null ? [] : [{ id, providerId, status, method, scopes, createdAtMs, sharedWith }],
  );
}
