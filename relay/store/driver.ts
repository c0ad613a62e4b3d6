/** What a column may hold. Booleans are integers, lists are JSON text, times are epoch milliseconds. */
export type SqlValue = string | number | null;

/**
 * Runs prepared statements with `?` placeholders.
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
  /** Runs `work` whole or not at all. Other callers' statements wait until it has ended. */
  transaction<Result>(work: (statements: Statements) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}
