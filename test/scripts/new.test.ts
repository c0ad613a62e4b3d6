import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, inject, it } from 'vitest';
import { toolArgs } from '../../scripts/tool.ts';
import { temporaryFolder } from '../relay/process.ts';

const script = resolve('scripts/new.ts');
const runIn = (folder: string, args: readonly string[], env = process.env) =>
  spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', env });

/** A copy of the sources in which files may be written. */
function copySources(): string {
  const copy = temporaryFolder();
  for (const part of [
    'shared',
    'extension',
    'relay',
    'scripts',
    'test',
    'docs',
    '.wxt',
    'package.json',
    'tsconfig.json',
    '.prettierrc.json',
  ])
    cpSync(part, join(copy, part), { recursive: true });
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  return copy;
}

it('a new recipe and a new provider compile and are registered; only their own tests fail, and pass once they are filled in', () => {
  const copy = copySources();
  for (const args of [
    ['recipe', 'our-shop'],
    ['provider', 'team-books'],
  ]) {
    const { status, stdout, stderr } = runIn(copy, [script, ...args]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('npm test -- test/');
  }
  expect(runIn(copy, toolArgs('tsc', '-p', 'shared')).stdout).toBe('');
  expect(runIn(copy, toolArgs('prettier', '--check', 'shared/providers', 'extension/recipes')).status).toBe(
    0,
  );

  // One PostgreSQL is enough.
  const env = { ...process.env, STAFFETTA_TEST_POSTGRES_URL: inject('postgresUrl') };
  const suites = ['test/extension/facts/recipe.test.ts', 'test/shared/provider'];
  const failing = (): string[] => {
    runIn(
      copy,
      toolArgs(
        'vitest',
        'run',
        '--config=test/vitest.config.ts',
        '--project=sqlite',
        '--reporter=json',
        '--outputFile=report.json',
        ...suites,
      ),
      env,
    );
    const { testResults } = JSON.parse(readFileSync(join(copy, 'report.json'), 'utf8')) as {
      testResults: Array<{ assertionResults: Array<{ title: string; status: string }> }>;
    };
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
    expect(tests.length).toBeGreaterThan(20);
    return tests.filter(({ status }) => status === 'failed').map(({ title }) => title.split(':')[0] ?? '');
  };
  expect(failing().toSorted()).toEqual(['our-shop', 'team-books', 'team-books']);

  const fill = (file: string, changes: ReadonlyArray<readonly [from: RegExp, to: string]>): void => {
    const path = join(copy, file);
    const text = changes.reduce((text, [from, to]) => text.replaceAll(from, to), readFileSync(path, 'utf8'));
    writeFileSync(path, text);
  };
  fill('extension/recipes/our-shop.json', [
    [/\.todo-root/g, '.cliente'],
    [/\.todo-name/g, '.ragione'],
    [/\.todo-e-mail/g, '.posta'],
  ]);
  fill('shared/providers/team-books.ts', [
    [/todo/g, 'books'],
    [/scopes: \[\]/g, "scopes: [{ name: 'r', resource: 'r', level: 'read', meaning: { it: 'a', en: 'b' } }]"],
  ]);
  expect(failing()).toEqual([]);
}, 60_000);

it.each([
  [['action', 'fic.debtor.find'], 'docs/adding.md'],
  [['recipe'], 'npm run new -- recipe NAME'],
  [['table', 'x'], 'npm run new -- recipe NAME'],
  [['recipe', '../x'], 'is no name'],
  [['provider', 'Team_Books'], 'is no name'],
])('%j is refused in one sentence, and nothing is written', (args, words) => {
  const folder = temporaryFolder();
  const { status, stdout, stderr } = runIn(folder, [script, ...args]);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^✗ .+\n$/);
  expect(stderr).toContain(words);
  expect(readdirSync(folder)).toEqual([]);
});

it('a name that is taken is refused, and what is there stays', () => {
  const { status, stderr } = runIn(process.cwd(), [script, 'recipe', 'stora']);
  expect(status).toBe(1);
  expect(stderr).toContain('extension/recipes/stora.json is there already');
});
