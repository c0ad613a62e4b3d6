import type { Driver, Statements } from '../store/driver.ts';
import { copyRows, emptyTables, tablesOf } from '../store/copy.ts';

/** A database that cannot be moved, in words for the operator. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/** Whether anybody's rows are in a database. */
export async function isInUse(statements: Statements): Promise<boolean> {
  const taken = await statements.get('SELECT id FROM members UNION ALL SELECT id FROM connections LIMIT 1');
  return taken !== undefined;
}

/**
 * Copies an embedded database into an empty PostgreSQL and then compares every row.
 *
 * All or nothing: the target is written and compared in one transaction. No relay may serve from `source` meanwhile; it
 * is only read.
 *
 * @param onTable told after each table how many rows were copied and compared
 * @returns how many rows there are
 * @throws MigrationError when the target has rows of its own
 * @throws CopyError when a row is not the same afterwards
 */
export async function migrateStore(
  source: Driver,
  target: Driver,
  onTable: (table: string, rows: number) => void,
): Promise<number> {
  const tables = await tablesOf(source);
  return target.transaction(async (statements) => {
    if (await isInUse(statements)) throw new MigrationError('the PostgreSQL database is not empty');
    // The relay's own rows of an empty database: they are replaced by the ones that everything was sealed with.
    await emptyTables(statements, tables);
    return copyRows(source, statements, tables, onTable);
  });
}
