import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Client } from 'pg';
import { inject, onTestFinished } from 'vitest';
import { temporaryFolder } from '../relay/process.ts';

/** Whether this run keeps the relay's rows in PostgreSQL; the other run keeps them in SQLite. */
export const runsOnPostgres: boolean = process.env['STAFFETTA_TEST_STORE'] === 'postgres';

/** A new, empty database on the server of this run, gone when the test has ended; the answer is its URL. */
export async function createDatabase(): Promise<string> {
  const server = inject('postgresUrl');
  const name = `t${randomBytes(8).toString('hex')}`;
  const admin = async (sql: string): Promise<void> => {
    const client = new Client(server);
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  await admin(`CREATE DATABASE ${name}`);
  onTestFinished(() => admin(`DROP DATABASE ${name} WITH (FORCE)`));
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** A new database that several relays of a test can open: a file, or one on the real server. */
export async function sharedDatabase(): Promise<string> {
  return runsOnPostgres ? createDatabase() : join(temporaryFolder(), 'relay.sqlite');
}
