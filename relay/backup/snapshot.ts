import { backup, DatabaseSync } from 'node:sqlite';
import type { Config } from '../config/config.ts';
import { copyRows, emptyTables, tablesOf } from '../store/copy.ts';
import { openStore } from '../store/open.ts';
import { openSqlite } from '../store/sqlite.ts';
import type { Progress } from '../observe/progress.ts';

/** How many pages are copied at a time. */
const pages = 2_000;

/**
 * Writes the state of one moment of the relay's database into a new SQLite file, while relays go on writing.
 *
 * The embedded database copies its pages under one read transaction, so that it need not begin again with each write;
 * PostgreSQL's rows are read in one transaction that sees one moment (`REPEATABLE READ`).
 */
export async function takeSnapshot(
  { databaseUrl, databaseFile }: Pick<Config, 'databaseUrl' | 'databaseFile'>,
  file: string,
  progress: Progress,
): Promise<void> {
  if (databaseUrl === null) await copyPages(databaseFile, file, progress);
  else await copyFromPostgres(databaseUrl.reveal(), file, progress);
}

async function copyPages(source: string, file: string, progress: Progress): Promise<void> {
  const database = new DatabaseSync(source, { readOnly: true, timeout: 5_000 });
  try {
    database.exec('BEGIN');
    database.prepare('SELECT count(*) FROM migrations').get();
    await backup(database, file, {
      rate: pages,
      progress: ({ totalPages, remainingPages }) =>
        progress.show('pages copied:', totalPages - remainingPages, totalPages),
    });
  } finally {
    database.close();
  }
}

async function copyFromPostgres(url: string, file: string, progress: Progress): Promise<void> {
  const source = await openStore({ url, file }, { isPatient: true });
  const target = openSqlite(file);
  try {
    const tables = await tablesOf(target);
    await source.transaction(async (rows) => {
      await rows.run('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await target.transaction(async (statements) => {
        await emptyTables(statements, tables);
        await copyRows(rows, statements, tables, (table, count) =>
          progress.show(`rows of ${table} copied:`, count, null),
        );
      });
    });
  } finally {
    await target.close();
    await source.close();
  }
}
