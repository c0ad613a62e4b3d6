import { startVitest } from 'vitest/node';
import { build } from './build.ts';
import { runChecks } from './checks.ts';

// One command, one summary: static checks, then every test. Names after `--` narrow the tests down.
const isAll = process.argv.includes('--all');
const filters = process.argv.slice(2).filter((word) => word !== '--all');
// Every variant of each test, on both databases: what takes longer than ten minutes.
if (isAll) process.env['STAFFETTA_TEST'] = 'all';
const checks = filters.length === 0 ? runChecks() : [];
await build({ mode: 'sandbox', browsers: ['chrome', 'firefox'] });

const vitest = await startVitest('test', filters, {
  config: 'test/vitest.config.ts',
  run: true,
  watch: false,
});
const modules = vitest.state.getTestModules();
const tests = modules.flatMap((module) => [...module.children.allTests()]);
const stateCount = (state: string): number => tests.filter((test) => test.result().state === state).length;
// A file that did not load has no tests to fail; it counts as one failure itself, as does a stray error.
const broken = modules.filter(
  (module) => module.state() === 'failed' && [...module.children.allTests()].length === 0,
);
const errors = vitest.state.getUnhandledErrors().length;
await vitest.close();

for (const test of tests.filter((test) => test.result().state === 'skipped')) {
  const result = test.result();
  console.log(`skipped: ${test.fullName}${'note' in result && result.note ? ` (${result.note})` : ''}`);
}
const passed = checks.filter(({ ok }) => ok).length + stateCount('passed');
const failed = checks.filter(({ ok }) => !ok).length + stateCount('failed') + broken.length + errors;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
