import type { Driver, Statements } from './driver.ts';

/** A table with columns whose values the vault has sealed. */
export interface SealedTable {
  name: string;
  /** What names a row, as text; it is authenticated with each value of the row. */
  key: string;
  columns: readonly string[];
  /** Columns that say whom a value belongs to, authenticated with it, too. */
  owner: readonly string[];
}

const alone = (name: string, key: string, ...columns: string[]): SealedTable => ({
  name,
  key,
  columns,
  owner: [],
});

const everywhere: readonly SealedTable[] = [
  {
    name: 'connections',
    key: 'id',
    columns: ['access_token', 'refresh_token'],
    owner: ['member_id', 'provider_id'],
  },
  alone('flows', 'id', 'provider_verifier'),
  alone('relay_keys', 'name', 'sealed'),
  alone('intents', 'id', 'body'),
  alone('device_flows', 'id', 'device_code', 'user_code'),
  alone('webhooks', 'id', 'secret'),
  alone('sign_ins', 'id', 'secrets'),
  alone('notices', 'id', 'notice'),
];

/** Every table of this database in which something is sealed. */
export const sealedTablesOf = ({ kind }: Pick<Driver, 'kind'>): readonly SealedTable[] =>
  // Beside the embedded database every relay has a key of its own for nonces, in its memory.
  kind === 'postgres' ? [...everywhere, alone('nonce_keys', 'CAST(id AS TEXT)', 'sealed')] : everywhere;

/** Sealed values of one row, by their columns; what is null or empty was erased, or never there. */
export interface SealedRow {
  id: string;
  owner: readonly string[];
  values: Readonly<Record<string, string | null>>;
}

/** Rows of a table with a value that another key than `keyId` sealed, by their key, from the first after `after` on. */
export async function listSealedOtherwise(
  statements: Statements,
  { name, key, columns, owner }: SealedTable,
  { keyId, after, limit }: { keyId: string; after: string; limit: number },
): Promise<SealedRow[]> {
  const others = columns.map((column) => `(${column} <> '' AND ${column} NOT LIKE ?)`).join(' OR ');
  const rows = await statements.all<{ row_key: string } & Record<string, string | null>>(
    `SELECT ${[`${key} AS row_key`, ...columns, ...owner].join(', ')} FROM ${name}
     WHERE ${key} > ? AND (${others}) ORDER BY ${key} LIMIT ?`,
    after,
    ...columns.map(() => `1.${keyId}.%`),
    limit,
  );
  return rows.map((row) => ({
    id: row.row_key,
    owner: owner.map((column) => row[column] ?? ''),
    values: Object.fromEntries(columns.map((column) => [column, row[column] ?? null])),
  }));
}

/** Puts the same values in place, sealed anew, if nobody has changed any of them since they were read. */
export async function replaceSealed(
  statements: Statements,
  { name, key, columns }: SealedTable,
  { id, values }: SealedRow,
  anew: SealedRow['values'],
): Promise<boolean> {
  const changed = await statements.run(
    `UPDATE ${name} SET ${columns.map((column) => `${column} = ?`).join(', ')}
     WHERE ${key} = ? AND ${columns.map((column) => `${column} IS NOT DISTINCT FROM ?`).join(' AND ')}`,
    ...columns.map((column) => anew[column] ?? null),
    id,
    ...columns.map((column) => values[column] ?? null),
  );
  return changed === 1;
}

/** How many values each vault key has sealed; a sealed value begins with `1.` and its key's id. */
export function countSealed(store: Driver): Promise<Array<{ keyId: string; count: number }>> {
  const values = sealedTablesOf(store).flatMap(({ name, columns }) =>
    columns.map((column) => `SELECT ${column} AS sealed FROM ${name} WHERE ${column} <> ''`),
  );
  return store.all(
    `SELECT substr(sealed, 3, 8) AS "keyId", count(*) AS count FROM (${values.join(' UNION ALL ')}) AS sealed_values
     GROUP BY 1 ORDER BY 1`,
  );
}

/** A vault key that this database has something of, or had. */
export interface KnownKey {
  keyId: string;
  /** Since when nothing is sealed with it any more, epoch milliseconds; null while that cannot be said. */
  retiredAtMs: number | null;
}

/** The vault keys that this database knows of. */
export const listKnownKeys = (statements: Statements): Promise<KnownKey[]> =>
  statements.all(
    `SELECT key_id AS "keyId", NULL AS "retiredAtMs" FROM vault_checks UNION ALL
     SELECT key_id, retired_at_ms FROM retired_keys WHERE key_id NOT IN (SELECT key_id FROM vault_checks) ORDER BY 1`,
  );
