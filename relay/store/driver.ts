/** What a column may hold. Booleans are integers, lists are JSON text, times are epoch milliseconds. */
export type SqlValue = string | number | null;

/**
 * Runs prepared statements with `?` placeholders, in the SQL that SQLite and PostgreSQL share.
 *
 * @throws Failure `storage-unavailable` when the database cannot be read or written (read-only, full, locked, gone)
 */
export interface Statements {
  get<Result>(sql: string, ...values: SqlValue[]): Promise<Result | undefined>;
  all<Result>(sql: string, ...values: SqlValue[]): Promise<Result[]>;
  /** Answers how many rows changed; the base of every compare-and-set. */
  run(sql: string, ...values: SqlValue[]): Promise<number>;
}

/** A database. Each statement outside a transaction is durable when its promise resolves. */
export interface Driver extends Statements {
  readonly kind: 'sqlite' | 'postgres';
  /**
   * Runs `work` whole or not at all; durable when its promise resolves.
   *
   * SQLite runs one transaction at a time. PostgreSQL runs many, each of whose statements sees what was committed
   * before it (`READ COMMITTED`), and runs `work` again where another transaction was in its way: it must have no
   * effect outside the database.
   */
  transaction<Result>(work: (statements: Statements) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** What relays call themselves to a server that they share. */
export const relayName = 'staffetta';
