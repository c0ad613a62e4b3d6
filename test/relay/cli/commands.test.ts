import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listConnections } from '../../../shared/api/connections.ts';
import { commands } from '../../../relay/cli/commands/registry.ts';
import { credentials } from '../harness.ts';
import { runCommand } from './run.ts';
import { openTeam } from './team.ts';

/** Commands with tests of their own. */
const elsewhere = new Map([
  ['start', 'test/promises'],
  ['doctor', 'test/relay/doctor.test.ts'],
  ['health', 'test/deploy/bundle.test.ts'],
  ['keys rotate', 'test/promises/d-keys.test.ts'],
  ['keys retire', 'test/promises/d-keys.test.ts'],
  ['migrate-store', 'test/promises/d-keys.test.ts'],
  ['restore', 'test/relay/backup.test.ts'],
]);

test('every other command runs on a team’s database and answers in its documented shape, with --json and without', async () => {
  const team = await openTeam();
  const { member, installation } = team.ids;
  const environment = {
    ...team.environment,
    STAFFETTA_SSO_ISSUER: 'https://login.example.com',
    STAFFETTA_SSO_CLIENT_ID: 'staffetta',
    STAFFETTA_SSO_CLIENT_SECRET: 'x',
    STAFFETTA_SSO_DOMAINS: 'example.com',
  };
  const recipes = join(team.folder, 'recipes.json');
  writeFileSync(recipes, '[]');
  const manual = team.sandbox.state.issueManual('demo@example.it', credentials.clientId, [
    'entity.clients:r',
  ]);
  const gone =
    "INSERT INTO identities (issuer, subject, email, created_at_ms) VALUES ('https://i', ?, 'gone@example.com', 1)";
  await team.relay.store.run(gone, 's');
  const calls: ReadonlyArray<readonly [words: string, args: string[], stdin?: string]> = [
    ['invite', ['Anna Bianchi']],
    ['members list', []],
    ['members role', [member, 'auditor']],
    ['members email', [member, 'mario@example.com']],
    ['console', [member]],
    ['installations list', []],
    ['connections list', []],
    ['sites list', []],
    ['recipes publish', [recipes]],
    ['recipes rollback', ['1']],
    ['recipes list', []],
    ['audit list', ['--limit', '3', '--event', 'connection_made']],
    ['audit verify', []],
    ['backup', [join(team.folder, 'backup.age')]],
    ['keys rewrap', []],
    ['token add', [member], manual.value],
    ['connections disconnect', [team.connectionId]],
    ['installations remove', [installation]],
    ['members remove', [member]],
    ['members allow-return', ['Gone@example.com']],
  ];
  for (const [words, args, stdin] of calls) {
    const command = commands.find((one) => one.words === words);
    const run = (more: string[]) => runCommand([...words.split(' '), ...args, ...more], environment, stdin);
    const { code, lines } = await run(['--json']);
    expect([words, code, lines.length]).toEqual([words, 0, 1]);
    expect(command?.output?.parse(JSON.parse(lines[0] ?? '')), words).toEqual(JSON.parse(lines[0] ?? ''));
    // What removes finds nothing a second time, and a backup is there then.
    if (!/remove|disconnect|backup|return/.test(words))
      expect((await run([])).lines.join(''), words).not.toBe('');
  }
  const all = commands.map(({ words }) => words).filter((words) => !elsewhere.has(words));
  expect(calls.map(([words]) => words).toSorted()).toEqual(all.toSorted());
});

test('a removed member is refused at once, and no token of theirs is left; what they did stays written down', async () => {
  const team = await openTeam();
  await team.relay.store.run("UPDATE connections SET method = 'authorization-code'");
  await team.json('members', 'remove', team.ids.member);
  expect(await team.installation.refusal(listConnections)).toMatchObject({ status: 401 });
  for (const table of ['members', 'installations', 'sessions', 'connections', 'invites']) {
    expect(await team.relay.store.all(`SELECT * FROM ${table}`), table).toEqual([]);
  }
  expect((await team.relay.audit()).slice(-3)).toEqual([
    'installation_removed',
    'connection_erased',
    'member_removed',
  ]);
  await expect(runCommand(['members', 'remove', team.ids.member], team.environment)).rejects.toThrow(
    'No member has this id',
  );
});

test('the lists say who uses what, and the audit is filtered by time, member and event', async () => {
  const team = await openTeam();
  expect(await team.json('members')).toMatchObject({
    members: [
      { memberId: team.ids.member, name: 'Mario Rossi', role: 'member', installations: 1, connections: 1 },
    ],
  });
  expect(await team.json('connections')).toMatchObject({
    connections: [
      { connectionId: team.connectionId, status: 'active', isInDoubt: false, providerId: 'fatture-in-cloud' },
    ],
  });
  const events = async (...args: string[]): Promise<string[]> =>
    ((await team.json('audit', ...args)) as { entries: { event: string }[] }).entries.map(
      ({ event }) => event,
    );
  const all = await events();
  expect(all).toEqual(await team.relay.audit());
  expect(await events('--limit', '2')).toEqual(all.slice(-2));
  expect(await events('--event', 'connection_made')).toEqual(['connection_made']);
  expect(await events('--member', 'mem_nobody')).toEqual([]);
  expect(await events('--member', team.ids.member, '--event', 'session_opened')).toEqual(['session_opened']);
  expect(await events('--since', '2200-01-01')).toEqual([]);
});

test('what a stranger calls a browser cannot write on the administrator’s terminal', async () => {
  const team = await openTeam();
  await team.relay.store.run('UPDATE installations SET name = ?', '\u001b[2J\u0007\u009b31m\u202e"x"');
  const { lines } = await runCommand(['installations'], team.environment);
  expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

test('an altered audit log ends with 1 and names the entry', async () => {
  const team = await openTeam();
  await team.relay.store.run("UPDATE audit SET event = 'grant_issued' WHERE sequence = 2");
  const { code, lines } = await runCommand(['audit', 'verify'], team.environment);
  expect({ code, lines }).toEqual({
    code: 1,
    lines: ['Not whole: entry 2 is altered; the 1 before it are whole.'],
  });
});
