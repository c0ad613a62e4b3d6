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

/** A row of the table. */
export interface ConnectionRow {
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

/** What a row says. */
export const connectionOf = (row: ConnectionRow): StoredConnection => ({
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

/** Forgets a connection with its tokens; false where the member has no such connection. */
export async function eraseConnection(
  statements: Statements,
  id: ConnectionId,
  memberId: MemberId,
): Promise<boolean> {
  return (await statements.run('DELETE FROM connections WHERE id = ? AND member_id = ?', id, memberId)) === 1;
}
