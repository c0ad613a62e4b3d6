import { existsSync, globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

/** A workflow of GitHub Actions, as far as a mistake in it can be seen without running it. */
const Workflow = z.strictObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions: z.strictObject({ contents: z.literal('read') }),
  jobs: z.record(
    z.string(),
    z.strictObject({
      'runs-on': z.string(),
      'timeout-minutes': z.int(),
      needs: z.string().optional(),
      strategy: z.strictObject({ matrix: z.record(z.string(), z.array(z.string()).min(2)) }).optional(),
      steps: z.array(
        z.union([
          z.strictObject({ run: z.string(), 'working-directory': z.string().optional() }),
          z.strictObject({
            uses: z.string().regex(/^actions\/[a-z-]+@(?:v\d+|[0-9a-f]{40})$/),
            with: z.record(z.string(), z.unknown()).optional(),
          }),
        ]),
      ),
    }),
  ),
});

const files = globSync('.github/workflows/*.yml');

it.each(files)(
  '%s only does what is there: whoever renames a script or a job is told before the next push',
  (file) => {
    const { jobs } = Workflow.parse(parse(readFileSync(file, 'utf8')));
    for (const [name, { needs, steps, strategy, 'runs-on': machine }] of Object.entries(jobs)) {
      if (needs !== undefined) expect(Object.keys(jobs), name).toContain(needs);
      for (const [, key = ''] of machine.matchAll(/matrix\.(\w+)/g)) {
        expect(strategy?.matrix, name).toHaveProperty(key);
      }
      const commands = steps.flatMap((step) => ('run' in step ? step.run.split('\n') : []));
      for (const command of commands) {
        const script =
          /^npm run (\S+)/.exec(command)?.[1] ?? (command.startsWith('npm test') ? 'test' : null);
        if (script !== null) expect(scripts, command).toHaveProperty(script);
        const path = /^(\.?[\w-]*\/\S+)/.exec(command)?.[1];
        if (path !== undefined) expect(existsSync(path), command).toBe(true);
      }
    }
  },
);

it('there is a workflow that builds the archives on several machines', () => {
  expect(files.map((file) => readFileSync(file, 'utf8')).join('')).toContain('npm run zip');
});
