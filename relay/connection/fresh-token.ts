import type { FailureCode } from '../../shared/diagnosis.ts';
import { Failure } from '../../shared/failure.ts';
import type { AuditSubject } from '../audit.ts';
import type { StoredConnection } from '../store/connections.ts';
import { openToken } from './tokens.ts';
import { VaultError } from '../keys/vault.ts';
import type { ProviderDeps } from '../provider/throttled-call.ts';
import type { Refresher } from './refresh.ts';

/** The core, the quotas and the refresher: what a call on behalf of a connection takes. */
export type ConnectionDeps = ProviderDeps & { refresher: Refresher };

/** Least remaining life, in milliseconds, with which a token is still used while the provider is down. */
const lastResortMs = 30_000;

/** Failures of a refresh after which the connection is as alive as before. */
const keeping: ReadonlySet<string> = new Set<FailureCode>([
  'provider-down',
  'provider-misconfigured',
  'provider-refused',
  'provider-unexpected',
]);

/**
 * The access token of `stored`, refreshed first if it ends within `minTtlMs`.
 *
 * @returns the token in the clear, and the connection as it is afterwards
 * @throws Failure as the connection's status says, or as `Refresher.refresh` does
 * @throws VaultError where the row was tampered with; it is written down
 */
export async function freshToken(
  deps: ConnectionDeps,
  stored: StoredConnection,
  minTtlMs: number,
  subject: AuditSubject,
): Promise<{ connection: StoredConnection; accessToken: string }> {
  if (stored.status !== 'active') throw new Failure(stored.status);
  try {
    const connection = await freshen(deps, stored, deps.now() + minTtlMs, subject);
    const accessToken = openToken(deps.vault, connection, 'accessToken');
    if (accessToken === null) throw new Failure('expired');
    return { connection, accessToken };
  } catch (error) {
    if (error instanceof VaultError) {
      await deps.audit.record({ event: 'vault_refused', outcome: 'refused', ...subject });
    }
    throw error;
  }
}

async function freshen(
  deps: ConnectionDeps,
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
