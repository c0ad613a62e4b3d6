import { expect, it } from 'vitest';
import { browser, enrolAt } from '../browser.ts';
import { serveOnLoopback } from '../../../loopback.ts';
import { enrol } from '../../../../extension/background/wire/joining.ts';
import {
  onPolicyChange,
  readStanding,
  renewStanding,
} from '../../../../extension/background/provider/team.ts';
import { openDecision } from '../../../../shared/policy.ts';

const session = {
  sessionToken: `ses_${'A'.repeat(43)}`,
  expiresAtMs: Date.now() + 3_600_000,
  installationId: `ins_${'A'.repeat(22)}`,
  memberName: 'Mario Rossi',
};

it('the list of connections comes, and everybody is told that something else is off, also where one of them fails or never ends', async () => {
  const standing = { connections: [], policy: { ...openDecision, otherSites: false }, role: 'member' };
  const origin = await serveOnLoopback((request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(request.url === '/v1/sessions' ? session : standing));
  });
  await enrolAt(origin);
  const told: string[] = [];
  onPolicyChange(() => Promise.reject(new Error('a tab that is gone')));
  onPolicyChange(() => new Promise(() => {}));
  onPolicyChange(async () => void told.push('the next'));
  expect(await readStanding()).toMatchObject(standing);
  await expect.poll(() => told).toEqual(['the next']);
});

it('what a team says that was left meanwhile is nobody’s: neither its policy nor its session is another team’s', async () => {
  const asked = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const tokens: unknown[] = [];
  const relayOf = (token: string, otherSites: boolean, comes: Promise<void>) =>
    serveOnLoopback((request, response) => {
      const answers: Record<string, object> = {
        '/v1/sessions': { ...session, sessionToken: `ses_${token.repeat(43)}` },
        '/v1/enrolments': {
          ...session,
          installationId: `ins_${'B'.repeat(22)}`,
          memberId: `mem_${'B'.repeat(22)}`,
        },
        '/v1/connections': { connections: [], policy: { ...openDecision, otherSites }, role: 'member' },
      };
      const answer = (): void => {
        response.writeHead(200, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify(answers[request.url ?? '']));
      };
      if (request.url !== '/v1/connections') return answer();
      tokens.push(request.headers.authorization);
      asked.resolve();
      void comes.then(answer);
    });
  const [old, other] = await Promise.all([
    relayOf('A', false, left.promise),
    relayOf('B', true, Promise.resolve()),
  ]);
  await enrolAt(old);
  const late = readStanding();
  const refusal = expect(late).rejects.toMatchObject({ code: 'not-enrolled' });
  await asked.promise;
  await enrol({ link: `${other}/#inv_${'A'.repeat(22)}` });
  expect((await readStanding()).policy).toEqual(openDecision);
  left.resolve();
  await refusal;
  expect(await browser.storage.session.get('policy')).toEqual({ policy: openDecision });
  expect(tokens).toEqual([`DPoP ses_${'A'.repeat(43)}`, `DPoP ses_${'B'.repeat(43)}`]);
});

it('who asks after a change joins nobody who asked before it, and what comes late of that changes nothing', async () => {
  const asked: Array<(otherSites: boolean) => void> = [];
  const waiting = Array.from({ length: 2 }, () => Promise.withResolvers<void>());
  const origin = await serveOnLoopback((request, response) => {
    const answer = (body: object): void => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (request.url === '/v1/sessions') return answer(session);
    const list = { connections: [], role: 'member' };
    const count = asked.push((otherSites) => answer({ ...list, policy: { ...openDecision, otherSites } }));
    waiting[count - 1]?.resolve();
  });
  await enrolAt(origin);
  const before = readStanding();
  await waiting[0]?.promise;
  renewStanding();
  const after = readStanding();
  await waiting[1]?.promise;
  asked[0]?.(false);
  expect((await before).policy.otherSites).toBe(false);
  expect(await browser.storage.session.get('policy')).toEqual({});
  // The end of the older one does not part who asks from the newer one.
  expect(readStanding()).toBe(after);
  asked[1]?.(true);
  expect((await after).policy.otherSites).toBe(true);
  expect(await browser.storage.session.get('policy')).toEqual({ policy: openDecision });
});
