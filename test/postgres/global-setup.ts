import type { TestProject } from 'vitest/node';
import { startPostgres } from './server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the maintenance database of this run's PostgreSQL, with the right to make others. */
    postgresUrl: string;
  }
}

/** One real PostgreSQL for the whole run, or the one that `STAFFETTA_TEST_POSTGRES_URL` names. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['STAFFETTA_TEST_POSTGRES_URL'];
  if (given !== undefined) {
    project.provide('postgresUrl', given);
    return async () => undefined;
  }
  const server = await startPostgres();
  project.provide('postgresUrl', server.url);
  return () => server.stop();
}
