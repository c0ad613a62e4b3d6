import { ConnectionStatus } from '../../shared/api/connections.ts';
import { Audience, isIn, type Standing } from '../../shared/audience.ts';
import { ConnectionId, MemberId } from '../../shared/ids.ts';
import { ConnectionMethod } from '../../shared/provider.ts';
import type { Statements } from './driver.ts';

/** A connection as kept: tokens sealed, never in the clear. */
export interface StoredConnection {
  id: ConnectionId;
  /** Whose it is: a member, or the team. */
  memberId: MemberId;
  /** Who may use the team's; null for a member's own. */
  sharedWith: Audience | null;
  providerId: string;
  status: ConnectionStatus;
  method: ConnectionMethod;
  /** Null where only the member knows them. */
  scopes: string[] | null;
  /** Sealed; null once erased. */
  accessToken: string | null;
  accessExpiresAtMs: number;
  /** Sealed; null once erased, or where the provider gave none. */
  refreshToken: string | null;
  /** Grows with every change of the tokens; the base of compare-and-set. */
  tokenVersion: number;
  createdAtMs: number;
  refreshedAtMs: number;
  /** Number of the newest lease of its refresh; each lease has a higher one. */
  refreshFence: number;
  /** Until when one process alone may ask the provider; 0 where none does. */
  refreshLeaseUntilMs: number;
  /** The journal: since when an attempt is open whose answer was never stored; null where there is none. */
  refreshAskedAtMs: number | null;
  /** Attempts since the last success. */
  refreshFailures: number;
  /** Nobody asks the provider for this connection before. */
  refreshNotBeforeMs: number;
}

interface ConnectionRow {
  id: string;
  member_id: string;
  shared_with: string | null;
  provider_id: string;
  status: string;
  method: string;
  scopes: string;
  access_token: string | null;
  access_expires_at_ms: number;
  refresh_token: string | null;
  token_version: number;
  created_at_ms: number;
  refreshed_at_ms: number;
  refresh_fence: number;
  refresh_lease_until_ms: number;
  refresh_asked_at_ms: number | null;
  refresh_failures: number;
  refresh_not_before_ms: number;
}

const connectionOf = (row: ConnectionRow): StoredConnection => ({
  id: ConnectionId.parse(row.id),
  memberId: MemberId.parse(row.member_id),
  sharedWith: row.shared_with === null ? null : Audience.parse(JSON.parse(row.shared_with)),
  providerId: row.provider_id,
  status: ConnectionStatus.parse(row.status),
  method: ConnectionMethod.parse(row.method),
  scopes: JSON.parse(row.scopes) as string[] | null, // written by this file alone
  accessToken: row.access_token,
  accessExpiresAtMs: row.access_expires_at_ms,
  refreshToken: row.refresh_token,
  tokenVersion: row.token_version,
  createdAtMs: row.created_at_ms,
  refreshedAtMs: row.refreshed_at_ms,
  refreshFence: row.refresh_fence,
  refreshLeaseUntilMs: row.refresh_lease_until_ms,
  refreshAskedAtMs: row.refresh_asked_at_ms,
  refreshFailures: row.refresh_failures,
  refreshNotBeforeMs: row.refresh_not_before_ms,
});

/** Sealed tokens as a refresh or an exchange brings them. */
export interface SealedTokens {
  accessToken: string;
  accessExpiresAtMs: number;
  refreshToken: string | null;
}

/** The connection `id` if it belongs to `memberId`; another member's is as good as none. */
export async function findConnection(
  statements: Statements,
  id: ConnectionId,
  memberId: MemberId,
): Promise<StoredConnection | null> {
  const row = await statements.get<ConnectionRow>(
    'SELECT * FROM connections WHERE id = ? AND member_id = ?',
    id,
    memberId,
  );
  return row === undefined ? null : connectionOf(row);
}

const usable = 'SELECT * FROM connections WHERE id = ? AND (member_id = ? OR shared_with IS NOT NULL)';

/** Whether a connection is a member's own or the team's. */
export const ownerOf = ({ sharedWith }: Pick<StoredConnection, 'sharedWith'>): 'member' | 'team' =>
  sharedWith === null ? 'member' : 'team';

/** The connection `id` if it is the member's own, or the team's and shared with them; any other is as good as none. */
export async function findUsable(
  statements: Statements,
  id: ConnectionId,
  member: Standing,
): Promise<StoredConnection | null> {
  const connection = await findOwnOrTeams(statements, id, member.memberId);
  return connection?.sharedWith == null || isIn(connection.sharedWith, member) ? connection : null;
}

/** The connection `id` if it is the member's own or the team's, whoever that is shared with. */
export async function findOwnOrTeams(
  statements: Statements,
  id: ConnectionId,
  memberId: MemberId,
): Promise<StoredConnection | null> {
  const row = await statements.get<ConnectionRow>(usable, id, memberId);
  return row === undefined ? null : connectionOf(row);
}

/** The connections that a member may use: their own, newest first, then the team's. */
export async function listUsable(statements: Statements, member: Standing): Promise<StoredConnection[]> {
  const rows = await statements.all<ConnectionRow>(
    `SELECT * FROM connections WHERE member_id = ? OR shared_with IS NOT NULL
     ORDER BY CASE WHEN shared_with IS NULL THEN 0 ELSE 1 END, created_at_ms DESC, id`,
    member.memberId,
  );
  return rows.map(connectionOf).filter(({ sharedWith }) => sharedWith === null || isIn(sharedWith, member));
}

/** Says who may use a connection of the team's; false where the team has none with this id. */
export async function setAudience(
  statements: Statements,
  id: ConnectionId,
  sharedWith: Audience,
): Promise<boolean> {
  const changed = await statements.run(
    'UPDATE connections SET shared_with = ? WHERE id = ? AND shared_with IS NOT NULL',
    JSON.stringify(sharedWith),
    id,
  );
  return changed === 1;
}

/**
 * Gives a connection another owner, with its tokens sealed for them and what is under way for it; only while nobody has
 * the right to refresh it, and nobody who read it before gets it.
 */
export async function moveConnection(
  statements: Statements,
  { id, tokenVersion, refreshFence }: StoredConnection,
  to: Pick<StoredConnection, 'memberId' | 'sharedWith' | 'accessToken' | 'refreshToken'> & {
    /** The member it goes back to; null for a member's own. */
    givenBy: MemberId | null;
  },
  nowMs: number,
): Promise<boolean> {
  const moved = await statements.run(
    `UPDATE connections SET member_id = ?, shared_with = ?, given_by = ?, access_token = ?, refresh_token = ?,
       token_version = token_version + 1, refresh_fence = refresh_fence + 1
     WHERE id = ? AND token_version = ? AND refresh_fence = ? AND refresh_lease_until_ms <= ?
       AND refresh_asked_at_ms IS NULL`,
    to.memberId,
    to.sharedWith === null ? null : JSON.stringify(to.sharedWith),
    to.givenBy,
    to.accessToken,
    to.refreshToken,
    id,
    tokenVersion,
    refreshFence,
    nowMs,
  );
  if (moved === 1) {
    await statements.run('UPDATE intents SET member_id = ? WHERE connection_id = ?', to.memberId, id);
  }
  return moved === 1;
}

/** A member's connection to one provider. */
export async function findConnectionTo(
  statements: Statements,
  memberId: MemberId,
  providerId: string,
): Promise<StoredConnection | null> {
  const row = await statements.get<ConnectionRow>(
    'SELECT * FROM connections WHERE member_id = ? AND provider_id = ?',
    memberId,
    providerId,
  );
  return row === undefined ? null : connectionOf(row);
}

/** A member's connections, newest first. */
export async function listConnectionsOf(
  statements: Statements,
  memberId: MemberId,
): Promise<StoredConnection[]> {
  const rows = await statements.all<ConnectionRow>(
    'SELECT * FROM connections WHERE member_id = ? ORDER BY created_at_ms DESC, id',
    memberId,
  );
  return rows.map(connectionOf);
}

/** Every connection, by owner. */
export async function listAllConnections(statements: Statements): Promise<StoredConnection[]> {
  const rows = await statements.all<ConnectionRow>(
    'SELECT * FROM connections ORDER BY member_id, provider_id, id',
  );
  return rows.map(connectionOf);
}

/** A connection as an exchange makes it. */
export type NewConnection = Omit<
  StoredConnection,
  | 'tokenVersion'
  | 'refreshFence'
  | 'refreshLeaseUntilMs'
  | 'refreshAskedAtMs'
  | 'refreshFailures'
  | 'refreshNotBeforeMs'
>;

/**
 * Adds a connection, or puts its new tokens and scopes in the place of the ones the same id had before.
 *
 * A refresh that is under way meanwhile finds another token version and another fence: what it brings is dropped. The
 * account may be another one now: whoever gave the one before has nothing to take back.
 */
export async function saveConnection(statements: Statements, connection: NewConnection): Promise<void> {
  await statements.run(
    `INSERT INTO connections (id, member_id, shared_with, provider_id, status, scopes, access_token,
       access_expires_at_ms, refresh_token, method, token_version, created_at_ms, refreshed_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
     ON CONFLICT (id) DO UPDATE SET status = excluded.status, scopes = excluded.scopes, method = excluded.method,
       access_token = excluded.access_token, access_expires_at_ms = excluded.access_expires_at_ms,
       refresh_token = excluded.refresh_token, token_version = connections.token_version + 1,
       created_at_ms = excluded.created_at_ms, refreshed_at_ms = excluded.refreshed_at_ms,
       refresh_fence = connections.refresh_fence + 1, refresh_lease_until_ms = 0, refresh_asked_at_ms = NULL,
       refresh_failures = 0, refresh_not_before_ms = 0, given_by = NULL`,
    connection.id,
    connection.memberId,
    connection.sharedWith === null ? null : JSON.stringify(connection.sharedWith),
    connection.providerId,
    connection.status,
    JSON.stringify(connection.scopes),
    connection.accessToken,
    connection.accessExpiresAtMs,
    connection.refreshToken,
    connection.method,
    connection.createdAtMs,
    connection.refreshedAtMs,
  );
}

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
export async function endConnection(
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

/** Forgets a connection with its tokens; false where the member has no such connection. */
export async function eraseConnection(
  statements: Statements,
  id: ConnectionId,
  memberId: MemberId,
): Promise<boolean> {
  return (await statements.run('DELETE FROM connections WHERE id = ? AND member_id = ?', id, memberId)) === 1;
}
