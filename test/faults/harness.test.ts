import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';

/** Seeds whose worlds are one relay without any grace, and two relays with a provider that keeps a token until its successor is used. */
const seeds = [2, 11, 20, 29, 38, 47, 4, 13, 22, 31, 40, 49];

// `npm run faults` plays hundreds; these few keep the harness and its promise alive at every change.
test(
  'C3: seeded faults at real relays: nothing lost, nothing doubled, no wrong token served, nobody stuck',
  { timeout: 180_000 },
  async () => {
    const args = ['scripts/faults.ts', '--sources', '--no-slow', '--brief', '--seed', seeds.join(',')];
    const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
      execFile(process.execPath, args, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
      );
    });
    expect(code, output).toBe(0);
    expect(output).toContain(
      '0 connections lost, 0 duplicate refreshes, 0 wrong tokens served, 0 stuck callers',
    );
    expect(output).toContain(`${seeds.length} runs`);
  },
);
