import type { Driver, SqlValue } from '../store/driver.ts';

/** Tables with their key columns, in an order in which every row finds what it refers to. */
const tables = [
  ['members', 'id'],
  ['invites', 'code_hash'],
  ['installations', 'id'],
  ['sessions', 'token_hash'],
  ['flows', 'id'],
  ['device_flows', 'id'],
  ['connections', 'id'],
  ['intents', 'id'],
  ['links', 'company_id', 'client_id', 'contact_id'],
  ['webhooks', 'id'],
  ['notice_wishes', 'connection_id'],
  ['notices', 'id'],
  ['writes', 'key'],
  ['policies', 'version'],
  ['identities', 'issuer', 'subject'],
  ['sign_ins', 'id'],
  ['console_sessions', 'token_hash'],
  ['recipe_sets', 'version'],
  ['recipe_alarms', 'recipe_id', 'host'],
  ['audit_unchained', 'sequence'],
  ['audit', 'sequence'],
  ['audit_head', 'id'],
  ['vault_checks', 'key_id'],
  ['relay_keys', 'name'],
] as const;

type Row = Record<string, SqlValue>;

/** How many rows are read at a time. */
const pageSize = 500;

/** A database that cannot be moved, in words for the operator. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/**
 * Copies an embedded database into an empty PostgreSQL and then compares every row.
 *
 * All or nothing: the target is written and compared in one transaction. No relay may serve from `source` meanwhile; it
 * is only read.
 *
 * @param onTable told after each table how many rows were copied and compared
 * @returns how many rows there are
 * @throws MigrationError when the target has rows of its own, or a row is not the same afterwards
 */
export async function migrateStore(
  source: Driver,
  target: Driver,
  onTable: (table: string, rows: number) => void,
): Promise<number> {
  return target.transaction(async (statements) => {
    const taken = await statements.get('SELECT id FROM members UNION ALL SELECT id FROM connections LIMIT 1');
    if (taken !== undefined) throw new MigrationError('the PostgreSQL database is not empty');
    // The relay's own rows of an empty database: they are replaced by the ones that everything was sealed with.
    for (const table of ['audit', 'audit_head', 'vault_checks', 'relay_keys']) {
      await statements.run(`DELETE FROM ${table}`);
    }
    let total = 0;
    for (const [table, ...keys] of tables) {
      let rows = 0;
      for await (const row of rowsOf(source, table, keys)) {
        const columns = Object.keys(row);
        await statements.run(
          `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
          ...Object.values(row),
        );
        const copy = await statements.get<Row>(
          `SELECT * FROM ${table} WHERE ${keys.map((key) => `${key} = ?`).join(' AND ')}`,
          ...keys.map((key) => row[key] ?? null),
        );
        if (copy === undefined || columns.some((column) => copy[column] !== row[column])) {
          throw new MigrationError(`a row of ${table} is not the same in PostgreSQL; nothing was moved`);
        }
        rows += 1;
      }
      const count = await statements.get<{ rows: number }>(`SELECT count(*) AS rows FROM ${table}`);
      if (count?.rows !== rows) throw new MigrationError(`${table} does not have the same number of rows`);
      onTable(table, rows);
      total += rows;
    }
    return total;
  });
}

async function* rowsOf(source: Driver, table: string, keys: readonly string[]): AsyncGenerator<Row> {
  const columns = keys.join(', ');
  let last: Row | undefined;
  for (;;) {
    const page: Row[] =
      last === undefined
        ? await source.all<Row>(`SELECT * FROM ${table} ORDER BY ${columns} LIMIT ?`, pageSize)
        : await source.all<Row>(
            `SELECT * FROM ${table} WHERE (${columns}) > (${keys.map(() => '?').join(', ')})
             ORDER BY ${columns} LIMIT ?`,
            ...keys.map((key) => last?.[key] ?? null),
            pageSize,
          );
    yield* page;
    last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
  }
}
