import { expect, test } from 'vitest';
import { runCommand } from './run.ts';
import { openTeam } from './team.ts';

const sso = {
  STAFFETTA_SSO_ISSUER: 'https://login.example.com',
  STAFFETTA_SSO_CLIENT_ID: 'staffetta',
  STAFFETTA_SSO_CLIENT_SECRET: 'x',
  STAFFETTA_SSO_DOMAINS: 'example.com',
};

test('a work account’s address is named with the invite or later, and every refusal says why', async () => {
  const team = await openTeam();
  const run = (...args: string[]) => runCommand(args, { ...team.environment, ...sso });
  await run('invite', 'Anna Bianchi', '--email', 'Anna@Example.com');
  const { lines } = await run('members', 'email', team.ids.member, 'mario@example.com');
  expect(lines).toEqual([`Who signs in as mario@example.com is ${team.ids.member}.`]);
  expect((await run('members')).lines.join('\n')).toMatch(/"Mario Rossi" +member +mario@example\.com/);
  const refusals: ReadonlyArray<readonly [reason: string, ...args: string[]]> = [
    ['has this address already', 'members', 'email', team.ids.member, 'anna@example.com'],
    ['has this address already', 'invite', 'Eve', '--email', 'mario@example.com'],
    ['none of the domains', 'members', 'email', team.ids.member, 'mario@elsewhere.example'],
    ['no e-mail address', 'members', 'email', team.ids.member, 'mario'],
    ['No member has this id', 'members', 'email', 'mem_nobody', 'x@example.com'],
    ['members email', 'invite', team.ids.member, '--email', 'x@example.com'],
  ];
  for (const [reason, ...args] of refusals)
    await expect(run(...args), args.join(' ')).rejects.toThrow(reason);
  const off = runCommand(['members', 'email', team.ids.member, 'x@example.com'], team.environment);
  await expect(off).rejects.toThrow('Single sign-on is not set up');
  expect((await run('members', 'email', team.ids.member)).lines).toEqual([
    `No address is named for ${team.ids.member}.`,
  ]);
  const rows = await team.relay.store.all<{ email: string }>('SELECT email FROM identities');
  expect(rows).toEqual([{ email: 'anna@example.com' }]);
  await team.relay.store.run("UPDATE identities SET issuer = 'https://login.example.com', subject = 's'");
  const anna = await team.relay.store.get<{ id: string }>('SELECT member_id AS id FROM identities');
  await expect(run('members', 'email', anna?.id ?? '', 'x@example.com')).rejects.toThrow('keeps that one');
});
