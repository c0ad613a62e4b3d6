import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { isThorough } from './variants.ts';

/** Tests of what the relay keeps: they run once on each database. */
const stored = ['test/promises/**/*.test.ts', 'test/relay/**/*.test.ts'];

/** Of these the ones that are about bytes, words, proofs and providers: one database is enough for every day. */
const unstored = [
  'test/promises/{a-callback,a-redirect,b-proof,c-failures,d-failures,d-log,e-surface,e-wire}.test.ts',
  'test/relay/{certificate,clock,config,contract,properties,stora,vies,webhooks}.test.ts',
  'test/relay/console/**',
  'test/relay/routes/{broker,openapi}.test.ts',
  'test/relay/cli/{program,commands}.test.ts',
];

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    // One more than two cores: whoever waits for a browser leaves room for another.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    retry: 0,
    // Well within a test's own time: what is awaited comes when it comes, also on a machine that does other work.
    expect: { poll: { timeout: 25_000 } },
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
          exclude: isThorough ? [] : unstored,
          env: { STAFFETTA_TEST_STORE: 'postgres' },
        },
      },
    ],
  },
});
