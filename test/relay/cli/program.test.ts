import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../../../relay/cli/commands/registry.ts';
import { createProgress } from '../../../relay/cli/progress.ts';
import { helpTexts, runProgram } from '../../../relay/cli/program.ts';
import { createSurroundings } from '../../../relay/cli/tools.ts';
import release from '../../../package.json' with { type: 'json' };
import { runRelay, temporaryFolder } from '../process.ts';
import { commandsPage } from './commands-page.ts';
import { runCommand } from './run.ts';

test('docs/commands.md says what the program says (after a change: vitest -u on this file)', async () => {
  await expect(commandsPage(commands)).toMatchFileSnapshot('../../../docs/commands.md');
});

test.for(commands.map((command) => [command.words, command] as const))(
  'an administrator who copies the example of “%s” is understood',
  async ([words, command]) => {
    const called: string[] = [];
    const idle = commands.map((one) => ({
      ...one,
      run: async () => {
        called.push(one.words);
        return null;
      },
    }));
    const { around } = createSurroundings({ env: {}, stdin: process.stdin, stderr: process.stderr });
    const args = [...command.example.replace(/ <.*/, '').matchAll(/"([^"]*)"|(\S+)/g)].map(
      ([, quoted, plain]) => quoted ?? plain ?? '',
    );
    expect(await runProgram(args, idle, around, () => undefined)).toBeUndefined();
    expect(called).toEqual([words]);
    const help = helpTexts(commands).get(words) ?? '';
    expect(help).toContain(`Example:\n  staffetta ${command.example}`);
    // One plain line, and a way to read it by a program.
    expect(command.summary).not.toMatch(/\n|\.$/);
    expect(help.includes('--json')).toBe(command.output !== null);
  },
);

describe('what is mistyped', () => {
  const environment = { STAFFETTA_DATA_DIR: '/nowhere/that/may/be/written' };
  test.for([
    [['membrs'], 'Did you mean members?'],
    [['members', 'remvoe', 'mem_x'], 'Did you mean remove?'],
    [['audit', '--sinse', '2026-01-01'], 'Did you mean --since?'],
    [['invite', 'Mario', 'Rossi'], 'too many arguments'],
    [['invite'], "missing required argument 'name'"],
    [['members', 'role', 'mem_x', 'king'], 'role: must be'],
    [['audit', '--since', 'yesterday'], 'must be a time'],
    [['start', '--port', '80'], "unknown option '--port'"],
  ] as const)('%j is refused with 2 before anything is opened: %s', async ([args, words]) => {
    const { code, lines, stderr } = await runCommand(args, environment);
    expect({ code, lines }).toEqual({ code: 2, lines: [] });
    expect(stderr).toContain(words);
  });

  test('the process ends with the same codes: 0 done, 1 refused, 2 not understood', async () => {
    const data = { STAFFETTA_DATA_DIR: join(temporaryFolder(), 'data') };
    expect(await runRelay(['--version'], {})).toMatchObject({ code: 0, stderr: '' });
    const invited = await runRelay(['invite', 'Mario Rossi', '--json'], data);
    expect(invited).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(invited.stdout)).toMatchObject({ link: expect.stringMatching(/#inv_/) });
    expect(await runRelay(['members', 'remove', 'mem_x'], data)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'No member has this id.\n',
    });
    expect(await runRelay(['membrs'], data)).toMatchObject({ code: 2, stdout: '' });
  });
});

test('a bar is drawn where somebody watches, and not one byte where nobody does', () => {
  const watched: string[] = [];
  const terminal = createProgress({ isTTY: true, write: (text) => watched.push(text) });
  terminal.show('rows', 50, 100);
  terminal.clear();
  expect(watched).toEqual(['\r\u001b[K[############            ] rows 50 of 100', '\r\u001b[K']);
  const unwatched: string[] = [];
  const log = createProgress({ write: (text) => unwatched.push(text) });
  log.show('rows', 50, 100);
  log.clear();
  expect(unwatched).toEqual([]);
});

test('the package’s program is the file that the build writes, and Node is found for it', () => {
  expect(release.bin).toEqual({ staffetta: 'dist/relay/relay.js' });
  expect(readFileSync('relay/main.ts', 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
});
