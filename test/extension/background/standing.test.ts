import { expect, it } from 'vitest';
import { enrolAt } from './browser.ts';
import { serveOnLoopback } from '../../loopback.ts';
import { onPolicyChange, readStanding } from '../../../extension/background/standing.ts';
import { openDecision } from '../../../shared/policy.ts';

const session = {
  sessionToken: `ses_${'A'.repeat(43)}`,
  expiresAtMs: Date.now() + 3_600_000,
  installationId: `ins_${'A'.repeat(22)}`,
  memberName: 'Mario Rossi',
};

it('the list of connections comes, and everybody is told that something else is off, also where one of them fails', async () => {
  const standing = { connections: [], policy: { ...openDecision, otherSites: false }, role: 'member' };
  const origin = await serveOnLoopback((request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(request.url === '/v1/sessions' ? session : standing));
  });
  await enrolAt(origin);
  const told: string[] = [];
  onPolicyChange(() => Promise.reject(new Error('a tab that is gone')));
  onPolicyChange(async () => void told.push('the next'));
  expect(await readStanding()).toMatchObject(standing);
  expect(told).toEqual(['the next']);
});
