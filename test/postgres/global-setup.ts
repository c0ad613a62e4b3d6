import type { TestProject } from 'vitest/node';
import { openPostgres } from '../../relay/store/postgres.ts';
import { startPostgres } from './server.ts';
import { newDatabase } from './new-database.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the maintenance database of this run's PostgreSQL, with the right to make others. */
    postgresUrl: string;
    /** Name of a database there with the relay's tables and nothing in them: what most tests begin with a copy of. */
    postgresTemplate: string;
  }
}

/** One real PostgreSQL for the whole run, or the one that `STAFFETTA_TEST_POSTGRES_URL` names. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['STAFFETTA_TEST_POSTGRES_URL'];
  const server = given === undefined ? await startPostgres() : null;
  const url = server?.url ?? given ?? '';
  const template = await newDatabase(url);
  await (await openPostgres(template.url)).close();
  project.provide('postgresUrl', url);
  project.provide('postgresTemplate', template.name);
  return () => (server === null ? template.drop() : server.stop());
}
