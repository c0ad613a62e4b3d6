import { runChecks } from './checks.ts';

const failed = runChecks().filter(({ ok }) => !ok);
process.exit(failed.length === 0 ? 0 : 1);
