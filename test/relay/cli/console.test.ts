import { expect, test } from 'vitest';
import { operator } from '../../../relay/audit.ts';
import { addMember } from '../../../relay/people/members.ts';
import { runCommand } from './run.ts';
import { openTeam } from './team.ts';

test('console says whom it needs where there is no administrator, or several, or the one named may not come in', async () => {
  const team = await openTeam();
  const { deps } = team.relay;
  const run = (...args: string[]) => runCommand(['console', ...args], team.environment);
  await expect(run()).rejects.toThrow('Nobody is an administrator yet');
  await expect(run(team.ids.member)).rejects.toThrow('for administrators and auditors');
  await expect(run('mem_nobody')).rejects.toThrow('No member has this id');
  const { memberId } = await addMember(deps, operator, { name: 'Ada Neri', role: 'admin' });
  expect(await team.json('console')).toMatchObject({ memberId });
  await addMember(deps, operator, { name: '\u001B[2JEve', role: 'admin' });
  const refused = String(await run().catch((error: unknown) => error));
  expect(refused).toContain(`${memberId}  "Ada Neri"`);
  // A name cannot clear the operator's screen.
  expect(refused).not.toContain('\u001B');
});
