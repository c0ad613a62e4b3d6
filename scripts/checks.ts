import { spawnSync } from 'node:child_process';
import { toolArgs, type Tool } from './tool.ts';

interface CheckResult {
  name: string;
  ok: boolean;
}

const checks: ReadonlyArray<readonly [name: string, tool: Tool, ...args: string[]]> = [
  ['extension types are prepared', 'wxt', 'prepare'],
  ['format', 'prettier', '--check', '--log-level=warn', '.'],
  ['lint', 'oxlint', '--type-aware', '--deny-warnings'],
  ['types: shared', 'tsc', '-p', 'shared'],
  ['types: relay', 'tsc', '-p', 'relay'],
  ['types: extension', 'tsc', '-p', 'extension'],
  ['types: test and scripts', 'tsc', '-p', '.'],
  ['unused exports and dependencies', 'knip'],
];

/** Runs every static check, prints what a failing one says, and answers each result. */
export function runChecks(): CheckResult[] {
  return checks.map(([name, tool, ...args]) => {
    const startedAt = performance.now();
    const result = spawnSync(process.execPath, toolArgs(tool, ...args), { encoding: 'utf8' });
    const ok = result.status === 0;
    console.log(`${ok ? '✓' : '✗'} ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
    if (!ok) console.log(`${result.stdout}${result.stderr}${result.error?.message ?? ''}`.trimEnd());
    return { name, ok };
  });
}
