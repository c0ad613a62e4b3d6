import { connectionOf, type ConnectionRow, type StoredConnection } from './connections.ts';
import type { Statements } from './driver.ts';

/** Ids of the vault keys that this database has something of, or had. */
export async function listVaultKeys(statements: Statements): Promise<string[]> {
  const rows = await statements.all<{ id: string }>('SELECT key_id AS id FROM vault_checks ORDER BY key_id');
  return rows.map(({ id }) => id);
}

/** How many tokens each vault key has sealed; a sealed value begins with `1.` and its key's id. */
export const countSealed = (statements: Statements): Promise<Array<{ keyId: string; count: number }>> =>
  statements.all<{ keyId: string; count: number }>(
    `SELECT substr(sealed, 3, 8) AS "keyId", count(*) AS count FROM (
       SELECT access_token AS sealed FROM connections UNION ALL SELECT refresh_token FROM connections) AS tokens
     WHERE sealed IS NOT NULL GROUP BY 1 ORDER BY 1`,
  );

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
