import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { insertIdentity } from '../../relay/store/identities.ts';
import { runCommand } from '../relay/cli/run.ts';
import { openTeam } from '../relay/cli/team.ts';
import { blocksOf } from './blocks.ts';

/** What is given to the shell as it stands. Nothing else is: a command of the documentation may start or remove anything. */
const inShell = ['openssl rand -base64 32'];

/**
 * Commands of the documentation that are not run here, with the reason; `*` stands for any end. Where a test runs them
 * it is named first, and must be there.
 */
const elsewhere: ReadonlyArray<readonly [command: string, reason: string]> = [
  ['npm start*', 'test/e2e/story.test.ts plays what it shows; it opens a browser and stays open'],
  ['npm test*', 'it is what runs this test'],
  ['npm run test:all', 'npm test -- --all by another name'],
  ['npm run new*', 'test/scripts/new.test.ts runs it in a copy'],
  ['npm run check', 'the first part of npm test'],
  ['npm run build', 'test/store.test.ts builds both packages; npm run relay bundles the relay'],
  ['npm run zip', 'test/store.test.ts makes the archives'],
  ['npm run screenshots', 'takes minutes; it drives the tour of test/e2e/story.test.ts'],
  ['npm run dev', 'watches until it is stopped'],
  ['npm run faults', 'test/faults/harness.test.ts runs the same faults, fewer of them'],
  ['npm run soak*', 'half an hour; test/trend.test.ts holds how it judges'],
  ['npm run bench*', 'takes minutes of both cores; a figure is no pass or fail'],
  ['npm run relay', 'test/promises/c-canary.test.ts starts relays as processes'],
  ['npm run relay -- COMMAND', 'stands for those below'],
  ['npm run relay -- console*', 'test/relay/cli/console.test.ts; it needs an administrator'],
  ['npm run relay -- doctor', 'test/relay/doctor.test.ts'],
  ['npm run relay -- restore *', 'test/relay/backup.test.ts'],
  ['npm run relay -- keys rotate', 'test/promises/d-keys.test.ts; it needs relays on a key file'],
  ['npm run relay -- keys retire', 'test/promises/d-keys.test.ts'],
  ['npm run relay -- migrate-store', 'test/promises/d-keys.test.ts; it needs PostgreSQL'],
];

interface Command {
  page: string;
  command: string;
}

/** Lines of the `sh` blocks, continued ones in one, without comments; and npm commands in the text. */
function commandsOf(page: string): Command[] {
  const blocks = blocksOf(page)
    .filter(({ language }) => language === 'sh')
    .map(({ text }) => text.replaceAll('\\\n', ' '));
  const inText = [...readFileSync(page, 'utf8').matchAll(/`(npm [^`\n]+)`/g)].map(
    ([, command]) => command ?? '',
  );
  return [...blocks.flatMap((text) => text.split('\n')), ...inText]
    .map((line) =>
      line
        .replace(/(?:^|\s)#.*$/, '')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )
    .filter((command) => command !== '')
    .map((command) => ({ page, command }));
}

const pages = ['README.md', ...globSync('.github/*.md'), ...globSync('docs/**/*.md')];
/** The guide's commands make one story, which test/deploy/guide.test.ts plays from its first to its last. */
const all = pages.filter((page) => page !== 'docs/self-hosting.md').flatMap(commandsOf);
/** Settings in front of a command are not part of it. */
const bare = (command: string): string => command.replace(/^(?:[A-Z][A-Z0-9_]*=\S* )+/, '');
const entryOf = (command: string) =>
  elsewhere.find(([entry]) =>
    entry.endsWith('*') ? bare(command).startsWith(entry.slice(0, -1)) : bare(command) === entry,
  );
const here = [...new Map(all.map((one) => [bare(one.command), one])).values()].filter(
  ({ command }) => entryOf(command) === undefined,
);

/** What stands after `npm run relay --`; null for another command. */
const relayWordsOf = (command: string): string | null => /^npm run relay -- (.+)$/.exec(command)?.[1] ?? null;

/** Runs one command of the relay on a team's database, with what stands for something of the reader's filled in. */
async function runOnTeam(words: string): Promise<void> {
  const team = await openTeam();
  const recipes = join(team.folder, 'recipes.json');
  writeFileSync(recipes, '[]');
  if (words.startsWith('recipes rollback'))
    await runCommand(['recipes', 'publish', recipes], team.environment);
  // Somebody who was removed, for whom it is that they may return.
  const gone = { issuer: 'https://login.example.com', subject: 's', email: 'gone@example.com' };
  await insertIdentity(team.relay.store, { ...gone, memberId: null }, 1);
  const { value: token } = team.sandbox.state.issueManual(
    'demo@example.it',
    team.environment['STAFFETTA_FATTURE_IN_CLOUD_CLIENT_ID'] ?? '',
    ['entity.clients:r'],
  );
  const args = [
    ...words
      .replace(/ < \S+$/, '')
      .replace('$(date +%F)', '2026-11-20')
      .matchAll(/"([^"]*)"|(\S+)/g),
  ].map(([, quoted, word = '']) =>
    (quoted ?? word)
      .replace(/^mem_…$/, team.ids.member)
      .replace(/^ins_…$/, team.ids.installation)
      .replace(/^con_…$/, team.connectionId)
      .replace(/^FILE$|^\S*recipes\.json$/, recipes)
      .replace(/^VERSION$/, '1')
      .replace(/^\/mnt\/backups\/.*$/, join(team.folder, 'backup.age')),
  );
  const sso = {
    STAFFETTA_SSO_ISSUER: 'https://login.example.com',
    STAFFETTA_SSO_CLIENT_ID: 'staffetta',
    STAFFETTA_SSO_CLIENT_SECRET: 'x',
    STAFFETTA_SSO_DOMAINS: 'example.com',
  };
  const { code, stderr } = await runCommand(args, { ...team.environment, ...sso }, token);
  expect({ code, stderr }).toMatchObject({ code: 0 });
}

describe('who copies a command out of the documentation', () => {
  it.each(here)('$command ($page) finds that it works', async ({ command }) => {
    const words = relayWordsOf(bare(command));
    if (words !== null) return runOnTeam(words);
    // Neither of these: run it here or say above why not.
    expect(inShell).toContain(command);
    execFileSync('sh', ['-c', command], { stdio: 'pipe', timeout: 10_000 });
  });

  it.each(elsewhere)('%s is not run here, for a reason that holds', (entry, reason) => {
    expect(
      all.some(({ command }) => entryOf(command)?.[0] === entry),
      'no page has it any more',
    ).toBe(true);
    const test = /^test\/\S+\.test\.ts/.exec(reason)?.[0];
    if (test === undefined) return;
    const text = readFileSync(test, 'utf8');
    const words = relayWordsOf(entry)?.replace(' *', '').split(' ');
    if (words !== undefined) expect(text).toMatch(new RegExp(words.join(`['", ]+`)));
  });

  it('names scripts that package.json has, and the README or a page names each script', () => {
    const named = all.flatMap(({ command }) => /^npm (?:run )?([\w:]+)/.exec(bare(command))?.[1] ?? []);
    expect([...new Set(named)].toSorted()).toEqual(Object.keys(packageJson.scripts).toSorted());
  });

  it('can follow every link within the repository, to its heading too', () => {
    const slug = (heading: string): string =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} -]/gu, '')
        .trim()
        .replaceAll(' ', '-');
    const dangling = pages.flatMap((page) =>
      [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(
        ([link, path = '', fragment]) => {
          const file = path === '' ? page : join(page, '..', path);
          if (!existsSync(file)) return [`${page}: ${link}`];
          if (fragment === undefined) return [];
          const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, one]) =>
            slug(one ?? ''),
          );
          return headings.includes(fragment) ? [] : [`${page}: ${link}`];
        },
      ),
    );
    expect(dangling).toEqual([]);
  });
});
