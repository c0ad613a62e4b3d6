import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { inject, onTestFinished } from 'vitest';

/** Whether this run keeps the relay's rows in PostgreSQL; the other run keeps them in SQLite. */
export const runsOnPostgres: boolean = process.env['STAFFETTA_TEST_STORE'] === 'postgres';

/** A new, empty database on the server of this run, gone when the test has ended; the answer is its URL. */
export async function createDatabase(): Promise<string> {
  const server = inject('postgresUrl');
  const name = `t${randomBytes(8).toString('hex')}`;
  const admin = async (sql: string): Promise<void> => {
    const client = postgres(server, { max: 1, onnotice: () => undefined });
    await client.unsafe(sql).finally(() => client.end());
  };
  await admin(`CREATE DATABASE ${name}`);
  onTestFinished(() => admin(`DROP DATABASE ${name} WITH (FORCE)`));
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
