import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { Failure } from '../../shared/failure.ts';
import type { Driver, SqlValue, Statements } from './driver.ts';
import { refuseNewer } from './migrations/newer.ts';
import { migrations } from './migrations/registry.ts';

interface SqliteOptions {
  /** Opens without the right to write; every write then fails as `storage-unavailable`. */
  readOnly?: boolean;
}

/** Primary result codes that mean "the database cannot do this now", not "the statement is wrong". */
const unavailable = new Set([5 /* BUSY */, 6 /* LOCKED */, 8 /* READONLY */, 10, 11, 13 /* FULL */, 14, 26]);

const translate = (error: unknown): unknown => {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : -1;
  return unavailable.has(code) ? new Failure('storage-unavailable', { cause: error }) : error;
};

/**
 * Opens the embedded database at `file` (`:memory:` for tests), in WAL mode, with every commit on disk before it is
 * answered (`synchronous=FULL`), and brings its schema up to date.
 *
 * @throws Failure `storage-unavailable` when the file cannot be opened, written or migrated
 * @throws NewerSchemaError when a newer release has changed its schema
 */
export function openSqlite(file: string, options: SqliteOptions = {}): Driver {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: options.readOnly ?? false });
    database.exec('PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON;');
    if (options.readOnly !== true) {
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;');
      migrate(database);
    }
  } catch (error) {
    if (database?.isOpen === true) database.close();
    throw translate(error);
  }
  return driverOf(database);
}

function migrate(database: DatabaseSync): void {
  // IMMEDIATE: of two processes that start at once, the second waits here and then finds nothing left to do.
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec('CREATE TABLE IF NOT EXISTS migrations (id INTEGER PRIMARY KEY) STRICT');
    const applied = new Set(
      database
        .prepare('SELECT id FROM migrations')
        .all()
        .map(({ id }) => Number(id)),
    );
    refuseNewer(applied);
    for (const { id, sql } of migrations) {
      if (applied.has(id)) continue;
      database.exec(sql);
      database.prepare('INSERT INTO migrations (id) VALUES (?)').run(id);
    }
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function driverOf(database: DatabaseSync): Driver {
  const prepared = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    let statement = prepared.get(sql);
    if (statement === undefined) prepared.set(sql, (statement = database.prepare(sql)));
    return statement;
  };
  const attempt = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      throw translate(error);
    }
  };

  // The casts below are the one border where a row gets the type its SQL was written for.
  const direct: Statements = {
    get: async <Result>(sql: string, ...values: SqlValue[]) =>
      attempt(() => prepare(sql).get(...values) as Result | undefined),
    all: async <Result>(sql: string, ...values: SqlValue[]) =>
      attempt(() => prepare(sql).all(...values) as Result[]),
    run: async (sql, ...values) => attempt(() => Number(prepare(sql).run(...values).changes)),
  };

  // One connection can hold only one transaction: they queue, and other statements wait for the queue to end.
  let queued = 0;
  let tail: Promise<unknown> = Promise.resolve();

  const begin = async <Result>(work: (statements: Statements) => Promise<Result>): Promise<Result> => {
    attempt(() => database.exec('BEGIN IMMEDIATE'));
    try {
      const result = await work(direct);
      attempt(() => database.exec('COMMIT'));
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  };

  return {
    kind: 'sqlite',
    async get(sql, ...values) {
      while (queued > 0) await tail;
      return direct.get(sql, ...values);
    },
    async all(sql, ...values) {
      while (queued > 0) await tail;
      return direct.all(sql, ...values);
    },
    async run(sql, ...values) {
      while (queued > 0) await tail;
      return direct.run(sql, ...values);
    },
    transaction(work) {
      queued += 1;
      const done = tail
        .then(() => begin(work))
        .finally(() => {
          queued -= 1;
        });
      tail = done.catch(() => undefined);
      return done;
    },
    async close() {
      while (queued > 0) await tail;
      if (database.isOpen) database.close();
    },
  };
}
