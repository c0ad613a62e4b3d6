import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { placeFault } from '../../scripts/place.mjs';
import { toolArgs } from '../../scripts/tool.ts';
import { temporaryFolder } from '../relay/process.ts';

it.each([
  ['linux', '/home/anna/staffetta'],
  ['linux', "/home/anna/Società prova/l'altra (2) [x] {y} a&b a;b $c @d+e=~!"],
  ['darwin', '/Users/anna/Documenti di lavoro/staffetta'],
  ['win32', String.raw`C:\Users\Anna Bianchi\staffetta`],
])('%s: %s is a place to build in', (platform, folder) => {
  expect(placeFault(folder, platform)).toBeNull();
});

it.each([
  ['linux', '#', '/home/anna/c#/staffetta'],
  ['linux', '%', '/home/anna/Societ%C3%A0/staffetta'],
  ['linux', '?', '/home/anna/prova?/staffetta'],
  ['linux', '"', '/home/anna/"prova"/staffetta'],
  ['linux', ':', '/home/anna/a:b/staffetta'],
  ['linux', ',', '/home/anna/Rossi, Bianchi/staffetta'],
  ['linux', '*', '/home/anna/*/staffetta'],
  ['win32', '#', String.raw`C:\Users\Anna\c#\staffetta`],
])('%s: a path with %s is refused by naming it', (platform, character, folder) => {
  const sentence = placeFault(folder, platform);
  expect(sentence).toContain(` contains “${character}”, `);
  expect(sentence).toContain(folder);
});

it('a clone in such a place is told so in one line, before anything is installed', () => {
  const clone = join(temporaryFolder(), 'a#b', 'x');
  mkdirSync(join(clone, 'scripts'), { recursive: true });
  for (const file of ['setup.mjs', 'place.mjs']) cpSync(`scripts/${file}`, join(clone, 'scripts', file));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(clone, 'scripts/setup.mjs'), 'scripts/build.ts'],
    { encoding: 'utf8' },
  );
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^✗ The path .*a#b\/x\/? contains “#”, .*\n$/);
  expect(readdirSync(clone)).toEqual(['scripts']);
});

const sources = globSync('{bench,extension,relay,scripts,shared,test}/**/*.{ts,tsx,mjs}').concat(
  'wxt.config.ts',
);

it('no source takes the path of a URL for a path on disk: blanks and accents are encoded there', () => {
  const strays = sources.filter((file) =>
    /import\.meta\.url\s*\)\s*\.pathname/.test(readFileSync(file, 'utf8')),
  );
  expect(strays).toEqual([]);
});

it('no script starts a program through a shell, where a blank ends a word', () => {
  const strays = globSync('scripts/*').filter((file) =>
    /\bshell:|\bexecSync\(|\bexec\(/.test(readFileSync(file, 'utf8')),
  );
  expect(strays).toEqual([]);
});

it('a tool starts by its own file with the Node at hand, whatever PATH has', () => {
  const { status, stdout } = spawnSync(process.execPath, toolArgs('tsc', '--version'), {
    encoding: 'utf8',
    env: { PATH: '' },
  });
  expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Version \d/) });
});
