import { createGrant } from '../../shared/api/grants.ts';
import { Failure } from '../../shared/failure.ts';
import { recordAudit } from '../audit.ts';
import type { Deps } from '../deps.ts';
import { serve, type RelayApp } from '../endpoint.ts';
import { findConnection, type StoredConnection } from '../store/connections.ts';
import { openToken } from '../tokens.ts';
import { VaultError } from '../vault.ts';

/** Least remaining life, in milliseconds, with which a token is still handed out while the provider is down. */
const lastResortMs = 30_000;

/** The hot path: one row, one decryption, one answer; `refresh.ts` where the token is about to end. */
export function serveGrants(app: RelayApp): void {
  serve(app, createGrant, async ({ params, input, caller, deps, requestId }) => {
    const stored = await findConnection(deps.store, params.connectionId, caller.memberId);
    if (stored === null) throw new Failure('not-found');
    if (stored.status !== 'active') throw new Failure(stored.status);
    try {
      const fresh = await freshen(deps, stored, deps.now() + input.minTtlSeconds * 1000);
      const accessToken = openToken(deps.vault, fresh, 'accessToken');
      if (accessToken === null) throw new Failure('expired');
      return {
        connectionId: fresh.id,
        accessToken,
        expiresAtMs: fresh.accessExpiresAtMs,
        scopes: fresh.scopes,
      };
    } catch (error) {
      if (error instanceof VaultError) {
        const subject = { requestId, connectionId: stored.id, memberId: caller.memberId };
        await recordAudit(deps.store, deps.now(), 'vault_refused', 'refused', subject);
      }
      throw error;
    }
  });
}

async function freshen(
  deps: Deps,
  stored: StoredConnection,
  freshUntilMs: number,
): Promise<StoredConnection> {
  if (stored.accessExpiresAtMs > freshUntilMs) return stored;
  try {
    return await deps.refresher.refresh(stored.id, stored.memberId, freshUntilMs);
  } catch (error) {
    const isTransient = error instanceof Failure && error.code === 'provider-down';
    if (isTransient && stored.accessExpiresAtMs > deps.now() + lastResortMs) return stored;
    throw error;
  }
}
