import { expect, it, vi } from 'vitest';
import { browser, enrolAt } from '../browser.ts';
import { serveOnLoopback } from '../../../loopback.ts';
import { beginSignIn, enrol } from '../../../../extension/background/wire/joining.ts';
import {
  callProviderThroughRelay,
  callRelay,
  wasMisused,
} from '../../../../extension/background/wire/relay.ts';
import { listConnections } from '../../../../shared/api/connections.ts';
import { Failure, problemOf } from '../../../../shared/failure.ts';
import { ConnectionId } from '../../../../shared/ids.ts';

const session = {
  sessionToken: `ses_${'A'.repeat(43)}`,
  expiresAtMs: Date.now() + 3_600_000,
  installationId: `ins_${'A'.repeat(22)}`,
  memberName: 'Mario Rossi',
};

/** Enrolled at a relay that opens sessions and refuses everything else like this. */
async function refusedWith(body: unknown): Promise<void> {
  const origin = await serveOnLoopback((request, response) => {
    const isSession = request.url === '/v1/sessions';
    response.writeHead(isSession ? 200 : 403, { 'Content-Type': 'application/problem+json' });
    response.end(JSON.stringify(isSession ? session : body));
  });
  await enrolAt(origin);
}

const listing = () => callRelay(listConnections, {}, {});
const writing = () =>
  callProviderThroughRelay(ConnectionId.parse(`con_${'A'.repeat(22)}`), {
    method: 'POST',
    path: '/c/1/entities/clients',
    body: '{}',
  });

/** What a relay after this one might say. */
const later = {
  ...problemOf(new Failure('not-admin'), 403, 'req'),
  type: 'urn:staffetta:problem:not-on-sundays',
  code: 'not-on-sundays',
};

it('F13: a reason that only a newer relay knows is no broken line: the member is told of the versions, not to try again', async () => {
  await refusedWith(later);
  await expect(listing()).rejects.toMatchObject({ code: 'relay-incompatible' });
});

it('F13: a write that is refused so may have been made: whoever repeats it looks first', async () => {
  await refusedWith(later);
  await expect(writing()).rejects.toMatchObject({ code: 'outcome-unknown' });
});

it('a reason that is known is told as it is', async () => {
  await refusedWith(problemOf(new Failure('not-admin'), 403, 'req'));
  await expect(listing()).rejects.toMatchObject({ code: 'not-admin' });
  await expect(writing()).rejects.toMatchObject({ code: 'not-admin' });
});

it('of two calls that are told at different times that their session has ended the later one takes the new session', async () => {
  const old = `ses_${'B'.repeat(43)}`;
  const ended = JSON.stringify(problemOf(new Failure('session-expired'), 401, 'req'));
  const renewed = Promise.withResolvers<void>();
  let [opened, refused] = [0, 0];
  const origin = await serveOnLoopback((request, response) => {
    const answer = (status: number, body: string): void => {
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(body);
    };
    if (request.url === '/v1/sessions') {
      opened += 1;
      answer(200, JSON.stringify(session));
    } else if (request.headers.authorization === `DPoP ${old}`) {
      refused += 1;
      if (refused === 1) answer(401, ended);
      else void renewed.promise.then(() => answer(401, ended));
    } else {
      renewed.resolve();
      answer(200, JSON.stringify({ connections: [] }));
    }
  });
  await enrolAt(origin);
  const { expiresAtMs } = session;
  await browser.storage.session.set({ session: { relayOrigin: origin, token: old, expiresAtMs } });
  await Promise.all([listing(), listing()]);
  expect([opened, refused]).toEqual([1, 2]);
});

it.each([[null], ['Accedi alla rete'], [{ type: 'about:blank', title: 'Bad gateway', status: 502 }]])(
  'what a proxy or a login page of the network says (%j) is a relay that did not answer',
  async (body) => {
    await refusedWith(body);
    await expect(listing()).rejects.toMatchObject({ code: 'relay-down' });
  },
);

it('a read that a balancer sent to a second relay when the first one died is asked for again with a new proof, once; a write is not', async () => {
  const refused = problemOf(new Failure('proof-invalid'), 401, 'req');
  const proofs: string[] = [];
  const origin = await serveOnLoopback((request, response) => {
    const isSession = request.url === '/v1/sessions';
    if (!isSession) proofs.push(`${request.method} ${request.headers['dpop']}`);
    const isServed = isSession || proofs.length === 2;
    const answer = isSession ? session : proofs.length === 2 ? { connections: [] } : refused;
    response.writeHead(isServed ? 200 : 401, {
      'Content-Type': isServed ? 'application/json' : 'application/problem+json',
    });
    response.end(JSON.stringify(answer));
  });
  await enrolAt(origin);
  expect((await listing()).connections).toEqual([]);
  expect(new Set(proofs).size).toBe(2);
  await expect(writing()).rejects.toMatchObject({ code: 'proof-invalid' });
  expect(proofs).toHaveLength(3);
  await expect(listing()).rejects.toMatchObject({ code: 'proof-invalid' });
  expect(proofs).toHaveLength(5);
});

it.each(['http://relay.example.com', 'http://192.168.1.20:8787', 'http://127.0.0.1.example.com'])(
  'a relay at %s is told from a safe one before anything is sent there, by link, by code or by single sign-on',
  async (relayOrigin) => {
    const sent = vi.spyOn(globalThis, 'fetch');
    const code = `inv_${'A'.repeat(22)}`;
    await expect(enrol({ link: `${relayOrigin}/#${code}` })).rejects.toMatchObject({
      code: 'relay-insecure',
    });
    await expect(enrol({ relayOrigin, code })).rejects.toMatchObject({ code: 'relay-insecure' });
    const begun = beginSignIn(relayOrigin, 'A'.repeat(43), 'chrome');
    await expect(begun).rejects.toMatchObject({ code: 'relay-insecure' });
    expect(sent).not.toHaveBeenCalled();
    sent.mockRestore();
  },
);

it('a session that the relay before is still asked for holds up nobody in the next team, and is not kept there', async () => {
  const json = { 'Content-Type': 'application/json' };
  const refused = JSON.stringify(problemOf(new Failure('session-expired'), 401, 'req'));
  const asked = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const askedAnew = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let sessions = 0;
  const oldRelay = await serveOnLoopback((request, response) => {
    if (request.url !== '/v1/sessions') {
      asked.resolve();
      response.writeHead(401, { 'Content-Type': 'application/problem+json' });
      void left.promise.then(() => response.end(refused));
      return;
    }
    sessions += 1;
    response.writeHead(200, json);
    if (sessions === 1) {
      response.end(JSON.stringify(session));
      return;
    }
    askedAnew.resolve();
    void gate.promise.then(() => response.end(JSON.stringify({ ...session, misusedAtMs: 1 })));
  });
  const answers: Record<string, object> = {
    '/v1/sessions': { ...session, sessionToken: `ses_${'B'.repeat(43)}` },
    '/v1/enrolments': {
      installationId: `ins_${'B'.repeat(22)}`,
      memberId: `mem_${'B'.repeat(22)}`,
      memberName: 'Mario Rossi',
    },
    '/v1/connections': { connections: [] },
  };
  const newRelay = await serveOnLoopback((request, response) => {
    response.writeHead(200, json).end(JSON.stringify(answers[request.url ?? '']));
  });
  await enrolAt(oldRelay);
  const late = listing();
  await asked.promise;
  await enrol({ link: `${newRelay}/#inv_${'A'.repeat(22)}` });
  left.resolve();
  await askedAnew.promise;
  expect((await listing()).connections).toEqual([]);
  gate.resolve();
  await expect(late).rejects.toMatchObject({ code: 'not-enrolled' });
  expect(await wasMisused()).toBe(false);
  expect(await browser.storage.session.get('session')).toMatchObject({ session: { relayOrigin: newRelay } });
});

it('an invite to a port that there is not is none, by link and by code', async () => {
  const relayOrigin = 'https://relay.example.com:99999';
  const code = `inv_${'A'.repeat(22)}`;
  await expect(enrol({ link: `${relayOrigin}/#${code}` })).rejects.toMatchObject({ code: 'invite-invalid' });
  await expect(enrol({ relayOrigin, code })).rejects.toMatchObject({ code: 'invite-invalid' });
});
