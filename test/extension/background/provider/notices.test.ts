import { once } from 'node:events';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { browser, enrolAt } from '../browser.ts';
import { serveOnLoopback } from '../../../loopback.ts';
import { listenForNotices } from '../../../../extension/background/provider/notices.ts';
import { enrol } from '../../../../extension/background/wire/joining.ts';
import { openDecision } from '../../../../shared/policy.ts';

const wait = setTimeout;

beforeEach(() => {
  // A stream is opened again after a pause of seconds.
  vi.stubGlobal('setTimeout', (work: () => void, ms: number, ...args: []) =>
    wait(work, [2_000, 4_000].includes(ms) ? 1 : ms, ...args),
  );
});

/** Enrolled at a relay whose first stream says this; `next`: where the second was opened. */
async function streaming(lines: object[]) {
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
  const first = Promise.withResolvers<{ closed: Promise<unknown> }>();
  const next = Promise.withResolvers<string | undefined>();
  let count = 0;
  const relay = await serveOnLoopback((request, response) => {
    const answer = answers[request.url ?? ''];
    response.writeHead(200, { 'Content-Type': 'application/json' });
    if (answer !== undefined) {
      response.end(JSON.stringify(answer));
      return;
    }
    count += 1;
    if (count > 1) {
      next.resolve(request.url);
      response.flushHeaders();
      return;
    }
    response.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    first.resolve({ closed: once(response, 'close') });
  });
  await enrolAt(relay);
  await browser.storage.local.set({ notices: { stora: { kinds: ['booking-new'], companyId: null } } });
  onTestFinished(() => browser.storage.local.remove('notices'));
  listenForNotices();
  const join = () => enrol({ link: `${relay}/#inv_${'A'.repeat(22)}` });
  return { first: first.promise, next: next.promise, join };
}

it('a team that is left tells nothing any more: its stream ends, and what was heard of it is no other team’s', async () => {
  const { first, join } = await streaming([{ beatAtMs: 1 }]);
  const { closed } = await first;
  await expect.poll(() => browser.storage.local.get('notices-heard')).toMatchObject({ 'notices-heard': {} });
  await join();
  await closed;
  expect(await browser.storage.local.get('notices-heard')).toEqual({});
});

it('what a stream has told when its team is left is neither shown any more nor noted as heard in the next', async () => {
  const shown: string[] = [];
  const showing = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  browser.i18n.getMessage = () => '';
  browser.notifications.create = async (id: unknown) => {
    shown.push(String(id));
    showing.resolve();
    await gate.promise;
    return String(id);
  };
  const notice = { providerId: 'stora', kind: 'booking-new', title: 'Uno', amount: null, atMs: 2 };
  const { next, join } = await streaming([
    { notice: { ...notice, id: 'one' } },
    { notice: { ...notice, id: 'two' } },
  ]);
  await showing.promise;
  await join();
  gate.resolve();
  expect(await next).toContain('?since=0');
  expect(shown).toEqual(['stora one']);
});
