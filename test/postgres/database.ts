import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { temporaryFolder } from '../relay/process.ts';
import { newDatabase } from './new-database.ts';

/** Whether this run keeps the relay's rows in PostgreSQL; the other run keeps them in SQLite. */
export const runsOnPostgres: boolean = process.env['STAFFETTA_TEST_STORE'] === 'postgres';

/** A new, empty database on the server of this run, gone when the test has ended; the answer is its URL. */
export const createDatabase = (): Promise<string> => create();

/** The same with the relay's tables, empty: for tests that are not about how these come to be. */
export const createMigrated = (): Promise<string> => create(inject('postgresTemplate'));

async function create(template?: string): Promise<string> {
  const { url, drop } = await newDatabase(inject('postgresUrl'), template);
  onTestFinished(drop);
  return url;
}

/** A new database that several relays of a test can open: a file, or one on the real server. */
export async function sharedDatabase(): Promise<string> {
  return runsOnPostgres ? createMigrated() : join(temporaryFolder(), 'relay.sqlite');
}
