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
