import { ConnectionStatus } from '../../shared/api/connections.ts';
import { ConnectionId, MemberId } from '../../shared/ids.ts';
import type { Statements } from './driver.ts';

/** A connection as kept: tokens sealed, never in the clear. */
export interface StoredConnection {
  id: ConnectionId;
  memberId: MemberId;
  providerId: string;
  status: ConnectionStatus;
  scopes: string[];
  /** Sealed; null once erased. */
  accessToken: string | null;
  accessExpiresAtMs: number;
  /** Sealed; null once erased, or where the provider gave none. */
  refreshToken: string | null;
  /** Grows with every change of the tokens; the base of compare-and-set. */
  tokenVersion: number;
  createdAtMs: number;
  refreshedAtMs: number;
}

interface ConnectionRow {
  id: string;
  member_id: string;
  provider_id: string;
  status: string;
  scopes: string;
  access_token: string | null;
  access_expires_at_ms: number;
  refresh_token: string | null;
  token_version: number;
  created_at_ms: number;
  refreshed_at_ms: number;
}

const connectionOf = (row: ConnectionRow): StoredConnection => ({
  id: ConnectionId.parse(row.id),
  memberId: MemberId.parse(row.member_id),
  providerId: row.provider_id,
  status: ConnectionStatus.parse(row.status),
  scopes: JSON.parse(row.scopes) as string[], // written by this file alone
  accessToken: row.access_token,
  accessExpiresAtMs: row.access_expires_at_ms,
  refreshToken: row.refresh_token,
  tokenVersion: row.token_version,
  createdAtMs: row.created_at_ms,
  refreshedAtMs: row.refreshed_at_ms,
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

/** Adds a connection, or puts its new tokens and scopes in the place of the ones the same id had before. */
export async function saveConnection(statements: Statements, connection: StoredConnection): Promise<void> {
  await statements.run(
    `INSERT INTO connections (id, member_id, provider_id, status, scopes, access_token, access_expires_at_ms,
       refresh_token, token_version, created_at_ms, refreshed_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET status = excluded.status, scopes = excluded.scopes,
       access_token = excluded.access_token, access_expires_at_ms = excluded.access_expires_at_ms,
       refresh_token = excluded.refresh_token, token_version = excluded.token_version,
       created_at_ms = excluded.created_at_ms, refreshed_at_ms = excluded.refreshed_at_ms`,
    connection.id,
    connection.memberId,
    connection.providerId,
    connection.status,
    JSON.stringify(connection.scopes),
    connection.accessToken,
    connection.accessExpiresAtMs,
    connection.refreshToken,
    connection.tokenVersion,
    connection.createdAtMs,
    connection.refreshedAtMs,
  );
}

/** Puts refreshed tokens in place if nothing else has changed them since `tokenVersion`. */
export async function replaceTokens(
  statements: Statements,
  id: ConnectionId,
  tokenVersion: number,
  tokens: SealedTokens,
  nowMs: number,
): Promise<boolean> {
  const changed = await statements.run(
    `UPDATE connections SET access_token = ?, access_expires_at_ms = ?, refresh_token = ?, refreshed_at_ms = ?,
       token_version = token_version + 1
     WHERE id = ? AND token_version = ? AND status = 'active'`,
    tokens.accessToken,
    tokens.accessExpiresAtMs,
    tokens.refreshToken,
    nowMs,
    id,
    tokenVersion,
  );
  return changed === 1;
}

/** Ends a connection and erases its tokens if nothing else has changed them since `tokenVersion`. */
export async function endConnection(
  statements: Statements,
  id: ConnectionId,
  tokenVersion: number,
  status: Exclude<ConnectionStatus, 'active'>,
): Promise<boolean> {
  const changed = await statements.run(
    `UPDATE connections SET status = ?, access_token = NULL, refresh_token = NULL, token_version = token_version + 1
     WHERE id = ? AND token_version = ?`,
    status,
    id,
    tokenVersion,
  );
  return changed === 1;
}

/** Forgets a connection with its tokens; false where the member has no such connection. */
export async function eraseConnection(
  statements: Statements,
  id: ConnectionId,
  memberId: MemberId,
): Promise<boolean> {
  return (await statements.run('DELETE FROM connections WHERE id = ? AND member_id = ?', id, memberId)) === 1;
}

/** Connections with a token that another key than `keyId` sealed; at most `limit`. */
export async function listSealedOtherwise(
  statements: Statements,
  keyId: string,
  limit: number,
): Promise<StoredConnection[]> {
  const rows = await statements.all<ConnectionRow>(
    'SELECT * FROM connections WHERE access_token NOT LIKE ? OR refresh_token NOT LIKE ? LIMIT ?',
    `1.${keyId}.%`,
    `1.${keyId}.%`,
    limit,
  );
  return rows.map(connectionOf);
}

/** Puts the same tokens in place, sealed anew, if nothing has changed them meanwhile. */
export async function reseal(
  statements: Statements,
  { id, tokenVersion }: StoredConnection,
  tokens: Pick<StoredConnection, 'accessToken' | 'refreshToken'>,
): Promise<boolean> {
  const changed = await statements.run(
    'UPDATE connections SET access_token = ?, refresh_token = ? WHERE id = ? AND token_version = ?',
    tokens.accessToken,
    tokens.refreshToken,
    id,
    tokenVersion,
  );
  return changed === 1;
}
