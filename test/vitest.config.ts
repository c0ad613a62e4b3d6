import { defineConfig } from 'vitest/config';

/** Tests of what the relay keeps: they run once on each database. */
const stored = ['test/promises/**/*.test.ts', 'test/relay/**/*.test.ts'];

/** Of these the ones that are about bytes and words alone: one database is enough. */
const unstored = [
  'test/promises/e-wire.test.ts',
  'test/relay/{clock,config,contract,properties,vies}.test.ts',
  'test/relay/routes/openapi.test.ts',
  'test/relay/cli/program.test.ts',
];

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    // Two cores; browsers and relay processes run beside the workers.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    retry: 0,
    // The certified server tells every start that its in-memory set-up is for development; here it is.
    onConsoleLog: (line) => !line.startsWith('oidc-provider '),
    globalSetup: ['test/postgres/global-setup.ts'],
    projects: [
      { extends: true, test: { name: 'sqlite', include: ['test/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: stored,
          exclude: unstored,
          env: { STAFFETTA_TEST_STORE: 'postgres' },
        },
      },
    ],
  },
});
