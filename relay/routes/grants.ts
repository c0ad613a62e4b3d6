import { createGrant } from '../../shared/api/grants.ts';
import type { FailureCode } from '../../shared/diagnosis.ts';
import { Failure, reportOf } from '../../shared/failure.ts';
import type { AuditSubject } from '../audit.ts';
import type { Deps } from '../deps.ts';
import { serve, type RelayApp } from '../endpoint.ts';
import { findConnection, type StoredConnection } from '../store/connections.ts';
import { openToken } from '../tokens.ts';
import { VaultError } from '../vault.ts';

/** Least remaining life, in milliseconds, with which a token is still handed out while the provider is down. */
const lastResortMs = 30_000;

/** Failures of a refresh after which the connection is as alive as before. */
const keeping: ReadonlySet<string> = new Set<FailureCode>([
  'provider-down',
  'provider-misconfigured',
  'provider-refused',
  'provider-unexpected',
]);

/** How many handed-out tokens are remembered; one forgotten early only stands in the audit log once more. */
const handoutsMax = 100_000;

/** The hot path: one row, one decryption, one answer; `refresh.ts` where the token is about to end. */
export function serveGrants(app: RelayApp): void {
  const handouts = createRecentSet(handoutsMax);
  serve(app, createGrant, async ({ params, input, caller, deps, requestId }) => {
    const stored = await findConnection(deps.store, params.connectionId, caller.memberId);
    if (stored === null) throw new Failure('not-found');
    if (stored.status !== 'active') throw new Failure(stored.status);
    const { installationId, memberId } = caller;
    const { id: connectionId, providerId } = stored;
    const subject = { requestId, installationId, memberId, connectionId, providerId };
    try {
      const fresh = await freshen(deps, stored, deps.now() + input.minTtlSeconds * 1000, subject);
      const accessToken = openToken(deps.vault, fresh, 'accessToken');
      if (accessToken === null) throw new Failure('expired');
      const handout = `${caller.installationId}.${fresh.id}.${fresh.tokenVersion}`;
      if (!handouts.has(handout)) {
        await deps.audit.record({ event: 'grant_issued', ...subject, token: accessToken });
        handouts.add(handout);
      }
      deps.metrics.granted(providerId, 'done');
      return {
        connectionId: fresh.id,
        accessToken,
        expiresAtMs: fresh.accessExpiresAtMs,
        scopes: fresh.scopes,
      };
    } catch (error) {
      deps.metrics.granted(providerId, reportOf(error).code);
      if (error instanceof VaultError) {
        await deps.audit.record({ event: 'vault_refused', outcome: 'refused', ...subject });
      }
      throw error;
    }
  });
}

async function freshen(
  deps: Deps,
  stored: StoredConnection,
  freshUntilMs: number,
  subject: AuditSubject,
): Promise<StoredConnection> {
  const isFresh = ({ accessExpiresAtMs }: StoredConnection): boolean => accessExpiresAtMs > freshUntilMs;
  if (isFresh(stored)) return stored;
  try {
    return await deps.refresher.refresh(stored.id, stored.memberId, isFresh, subject);
  } catch (error) {
    const isKept = error instanceof Failure && keeping.has(error.code);
    if (isKept && stored.accessExpiresAtMs > deps.now() + lastResortMs) return stored;
    throw error;
  }
}

/** A set that forgets its oldest members beyond `max`. */
function createRecentSet(max: number): Pick<Set<string>, 'has' | 'add'> {
  const members = new Set<string>();
  return {
    has: (member) => members.has(member),
    add(member) {
      if (members.size >= max) members.delete(members.values().next().value ?? '');
      return members.add(member);
    },
  };
}
