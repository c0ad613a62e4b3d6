import { once } from 'node:events';
import { expect, it } from 'vitest';
import { browser, enrolAt } from './browser.ts';
import { serveOnLoopback } from '../../loopback.ts';
import { listenForNotices } from '../../../extension/background/notices.ts';
import { enrol } from '../../../extension/background/relay.ts';
import { openDecision } from '../../../shared/policy.ts';

it('a team that is left tells nothing any more: its stream ends, and what was heard of it is no other team’s', async () => {
  const answers: Record<string, object> = {
    '/v1/sessions': {
      sessionToken: `ses_${'A'.repeat(43)}`,
      expiresAtMs: Date.now() + 3_600_000,
      installationId: `ins_${'A'.repeat(22)}`,
      memberName: 'Mario Rossi',
    },
    '/v1/enrolments': {
      installationId: `ins_${'B'.repeat(22)}`,
      memberId: `mem_${'B'.repeat(22)}`,
      memberName: 'Mario Rossi',
    },
    '/v1/connections': { connections: [], policy: openDecision, role: 'member' },
    '/v1/providers': { providers: [] },
  };
  const opened = Promise.withResolvers<{ closed: Promise<unknown> }>();
  const relay = await serveOnLoopback((request, response) => {
    const answer = answers[request.url ?? ''];
    response.writeHead(200, { 'Content-Type': 'application/json' });
    if (answer !== undefined) {
      response.end(JSON.stringify(answer));
      return;
    }
    response.write(`${JSON.stringify({ beatAtMs: 1 })}\n`);
    opened.resolve({ closed: once(response, 'close') });
  });
  await enrolAt(relay);
  await browser.storage.local.set({ notices: { stora: { kinds: ['booking-new'], companyId: null } } });
  listenForNotices();
  const { closed } = await opened.promise;
  await expect.poll(() => browser.storage.local.get('notices-heard')).toMatchObject({ 'notices-heard': {} });
  await enrol({ link: `${relay}/#inv_${'A'.repeat(22)}` });
  await closed;
  expect(await browser.storage.local.get('notices-heard')).toEqual({});
  await browser.storage.local.remove('notices');
});
