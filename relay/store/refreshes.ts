import type { ConnectionStatus } from '../../shared/api/connections.ts';
import type { ConnectionId } from '../../shared/ids.ts';
import { connectionOf, type ConnectionRow, type SealedTokens, type StoredConnection } from './connections.ts';
import type { Statements } from './driver.ts';

/**
 * Takes the right to ask the provider for new tokens, for `leaseMs`, and opens the journal, in one statement.
 *
 * A lease that ends further ahead than any lease can is no lease: some clock has jumped.
 *
 * @returns the fence of the lease; null where another process holds one, or the connection has changed since it was read
 */
export async function takeLease(
  statements: Statements,
  connection: StoredConnection,
  nowMs: number,
  leaseMs: number,
): Promise<number | null> {
  const changed = await statements.run(
    `UPDATE connections SET refresh_fence = refresh_fence + 1, refresh_lease_until_ms = ?,
       refresh_asked_at_ms = COALESCE(refresh_asked_at_ms, ?)
     WHERE id = ? AND token_version = ? AND refresh_fence = ? AND status = 'active'
       AND (refresh_lease_until_ms <= ? OR refresh_lease_until_ms > ?)`,
    nowMs + leaseMs,
    nowMs,
    connection.id,
    connection.tokenVersion,
    connection.refreshFence,
    nowMs,
    nowMs + leaseMs,
  );
  return changed === 1 ? connection.refreshFence + 1 : null;
}

/** Ends the lease with this fence, if it is still the newest, and says when the provider may be asked again. */
export async function releaseLease(
  statements: Statements,
  id: ConnectionId,
  fence: number,
  after: Pick<StoredConnection, 'refreshAskedAtMs' | 'refreshFailures' | 'refreshNotBeforeMs'>,
): Promise<void> {
  await statements.run(
    `UPDATE connections SET refresh_lease_until_ms = 0, refresh_asked_at_ms = ?, refresh_failures = ?,
       refresh_not_before_ms = ?
     WHERE id = ? AND refresh_fence = ?`,
    after.refreshAskedAtMs,
    after.refreshFailures,
    after.refreshNotBeforeMs,
    id,
    fence,
  );
}

/**
 * Puts refreshed tokens in place if nothing newer has been stored since `tokenVersion`, and closes the journal.
 *
 * An answer in hand beats a doubt: a connection that another process has given up as interrupted meanwhile is alive again.
 */
export async function replaceTokens(
  statements: Statements,
  id: ConnectionId,
  tokenVersion: number,
  tokens: SealedTokens,
  nowMs: number,
): Promise<boolean> {
  const changed = await statements.run(
    `UPDATE connections SET status = 'active', access_token = ?, access_expires_at_ms = ?, refresh_token = ?,
       refreshed_at_ms = ?, token_version = token_version + 1, refresh_lease_until_ms = 0,
       refresh_asked_at_ms = NULL, refresh_failures = 0, refresh_not_before_ms = 0
     WHERE id = ? AND token_version = ? AND status IN ('active', 'interrupted')`,
    tokens.accessToken,
    tokens.accessExpiresAtMs,
    tokens.refreshToken,
    nowMs,
    id,
    tokenVersion,
  );
  return changed === 1;
}

/**
 * Ends a connection and erases its tokens if nothing else has changed them since `tokenVersion`.
 *
 * An interrupted one keeps its version: an answer that another process still holds may come and revive it.
 */
export async function markConnectionEnded(
  statements: Statements,
  id: ConnectionId,
  tokenVersion: number,
  status: Exclude<ConnectionStatus, 'active'>,
): Promise<boolean> {
  const changed = await statements.run(
    `UPDATE connections SET status = ?, access_token = NULL, refresh_token = NULL, token_version = token_version + ?,
       refresh_lease_until_ms = 0, refresh_asked_at_ms = NULL
     WHERE id = ? AND token_version = ? AND status = 'active'`,
    status,
    status === 'interrupted' ? 0 : 1,
    id,
    tokenVersion,
  );
  return changed === 1;
}

/** Active connections whose journal is open though no lease is: the last attempt's answer never arrived. */
export async function listInDoubt(
  statements: Statements,
  nowMs: number,
  limit: number,
): Promise<StoredConnection[]> {
  const rows = await statements.all<ConnectionRow>(
    `SELECT * FROM connections WHERE status = 'active' AND refresh_asked_at_ms IS NOT NULL
       AND refresh_lease_until_ms <= ? AND refresh_not_before_ms <= ?
     ORDER BY refresh_asked_at_ms LIMIT ?`,
    nowMs,
    nowMs,
    limit,
  );
  return rows.map(connectionOf);
}

/**
 * Opens the journal of every active connection with a refresh token: any of them may have been spent.
 *
 * @returns how many there are
 */
export function doubtEveryRefresh(statements: Statements, nowMs: number): Promise<number> {
  return statements.run(
    `UPDATE connections SET refresh_asked_at_ms = COALESCE(refresh_asked_at_ms, ?), refresh_fence = refresh_fence + 1,
       refresh_lease_until_ms = 0, refresh_failures = 0, refresh_not_before_ms = 0
     WHERE status = 'active' AND refresh_token IS NOT NULL`,
    nowMs,
  );
}

/** Active connections to `providerId` that were last refreshed before, the longest idle first. */
export async function listIdle(
  statements: Statements,
  providerId: string,
  refreshedBeforeMs: number,
  limit: number,
): Promise<StoredConnection[]> {
  const rows = await statements.all<ConnectionRow>(
    `SELECT * FROM connections WHERE status = 'active' AND provider_id = ? AND refreshed_at_ms < ?
       AND refresh_token IS NOT NULL
     ORDER BY refreshed_at_ms LIMIT ?`,
    providerId,
    refreshedBeforeMs,
    limit,
  );
  return rows.map(connectionOf);
}
