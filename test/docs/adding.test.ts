import { execFile } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, onTestFinished, test } from 'vitest';
import { readPage } from '../../extension/facts/read.ts';
import { Recipe } from '../../shared/recipe.ts';
import { startOidcServer } from '../conformance/oidc-server.ts';
import { parseDocument } from '../dom.ts';
import { handleIn, locationOf, openRelay } from '../relay/harness.ts';
import { temporaryFolder } from '../relay/process.ts';
import { blockOf } from './blocks.ts';

const run = promisify(execFile);
const doc = 'docs/adding.md';

test('who follows the page connects a provider of their own: the file is taken, a login ends in a grant, a disconnect revokes', async () => {
  const publicUrl = 'https://relay.example.com';
  const server = await startOidcServer({ redirectUri: `${publicUrl}/callback/team-login` });
  onTestFinished(() => server.close());
  const folder = temporaryFolder();
  const file = join(folder, 'providers.json');
  writeFileSync(file, blockOf(doc, 'providers.json').replaceAll('https://login.example.com', server.issuer));
  const settings = Object.fromEntries(
    blockOf(doc, 'settings')
      .trim()
      .split('\n')
      .map((line) => line.split('=') as [string, string]),
  );
  expect(Object.keys(settings)).toHaveLength(3);
  const relay = await openRelay({
    publicUrl,
    startMs: Date.now(),
    environment: {
      ...settings,
      STAFFETTA_PROVIDERS_FILE: join(folder, settings['STAFFETTA_PROVIDERS_FILE'] ?? ''),
      STAFFETTA_TEAM_LOGIN_CLIENT_SECRET: server.credentials.clientSecret,
    },
  });
  const installation = await relay.join();
  const flow = await installation.begin({ providerId: 'team-login', scopes: ['openid', 'offline_access'] });
  const callback = await server.approve(locationOf(await relay.fetch(flow.startUrl)).href);
  const { connection, grant } = await installation.finish(flow, handleIn(await relay.fetch(callback.href)));
  expect(connection).toMatchObject({ providerId: 'team-login', status: 'active' });
  expect(grant.accessToken).not.toBe('');
});

test('who follows the page has an action that compiles, keeps the structure and runs against the sandbox', async () => {
  const copy = temporaryFolder();
  for (const part of [
    'shared',
    'extension',
    'relay',
    'scripts',
    'bench',
    'test',
    'docs',
    '.wxt',
    'README.md',
  ])
    cpSync(part, join(copy, part), { recursive: true });
  for (const file of ['package.json', 'tsconfig.json', 'wxt.config.ts']) cpSync(file, join(copy, file));
  symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));

  const catalogue = join(copy, 'shared/action-catalogue.ts');
  const end = '\n} as const satisfies Record<string, CatalogueEntry>;';
  const before = readFileSync(catalogue, 'utf8');
  expect(before).toContain(end);
  writeFileSync(catalogue, before.replace(end, `\n${blockOf(doc, 'shared/action-catalogue.ts')}${end}`));
  const written = ['extension/actions/fic.debtor.find.ts', 'test/extension/actions/fic.debtor.find.test.ts'];
  for (const name of written) writeFileSync(join(copy, name), blockOf(doc, name));

  // One PostgreSQL is enough.
  const env = { ...process.env, STAFFETTA_TEST_POSTGRES_URL: inject('postgresUrl') };
  const bin = join(process.cwd(), 'node_modules/.bin');
  const inCopy = (program: string, ...args: string[]) =>
    run(join(bin, program), args, { cwd: copy, env }).catch((error: unknown) => {
      const { stdout = '' } = error as { stdout?: string }; // execFile's own error has the output
      throw new Error(`${program} ${args.join(' ')}\n${stdout}`, { cause: error });
    });
  await inCopy('wxt', 'prepare');
  for (const project of ['shared', 'relay', 'extension', '.']) await inCopy('tsc', '-p', project);
  const { stdout } = await inCopy(
    'vitest',
    'run',
    '--config=test/vitest.config.ts',
    '--project=sqlite',
    'test/structure.test.ts',
    'fic.debtor.find',
  );
  expect(stdout).toMatch(/Test Files .*2 passed/);
}, 120_000);

test('who follows the page has a recipe that reads its page: the customer, and the order to the cent', () => {
  const [recipe] = (JSON.parse(blockOf(doc, 'team-recipes.json')) as unknown[]).map((one) =>
    Recipe.parse(one),
  );
  if (recipe === undefined) throw new Error('no recipe');
  const document = parseDocument(blockOf(doc, 'page.html'));
  Object.defineProperty(document, 'location', { value: new URL('https://shop.example/ordini/2041') });
  const page = readPage(document, [recipe]);
  const { customer, order } = JSON.parse(blockOf(doc, 'expected.json')) as {
    customer: object;
    order: object;
  };
  expect(page.recipe).toEqual({ id: 'our-shop', missing: [] });
  expect(page.customer).toEqual(customer);
  expect(page.order).toEqual(order);
});
