import { expect, it } from 'vitest';
import { browser, enrolAt } from '../browser.ts';
import { serveOnLoopback } from '../../../loopback.ts';
import {
  dropGrant,
  grantOf,
  heldGrant,
  holdGrant,
  keepGrantsOf,
} from '../../../../extension/background/provider/grants.ts';
import { ConnectionId } from '../../../../shared/ids.ts';

const connectionId = ConnectionId.parse(`con_${'A'.repeat(22)}`);

const grant = (accessToken: string) => ({
  connectionId,
  accessToken,
  expiresAtMs: Date.now() + 3_600_000,
  scopes: [],
});

const session = {
  sessionToken: `ses_${'A'.repeat(43)}`,
  expiresAtMs: Date.now() + 3_600_000,
  installationId: `ins_${'A'.repeat(22)}`,
  memberName: 'Mario Rossi',
};

/** Asks for a grant that is on its way until `answer` is called. */
async function ask(): Promise<{ coming: ReturnType<typeof grantOf>; answer: () => void }> {
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const relay = await serveOnLoopback((request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    if (request.url === '/v1/sessions') {
      response.end(JSON.stringify(session));
      return;
    }
    asked.resolve();
    void answered.promise.then(() => response.end(JSON.stringify(grant('old'))));
  });
  await enrolAt(relay);
  const coming = grantOf(connectionId);
  await asked.promise;
  return { coming, answer: answered.resolve };
}

it('callers that arrive together share one grant, and it is kept', async () => {
  const { coming, answer } = await ask();
  const second = grantOf(connectionId);
  answer();
  expect(await second).toEqual(await coming);
  expect(await heldGrant(connectionId)).toMatchObject({ accessToken: 'old' });
});

it.each([
  ['it was disconnected', () => dropGrant(connectionId)],
  ['it became the relay’s to call', () => keepGrantsOf([])],
])('a grant that comes after its connection was forgotten (%s) is not kept', async (_, forget) => {
  const { coming, answer } = await ask();
  await forget();
  answer();
  expect(await coming).toMatchObject({ accessToken: 'old' });
  expect(JSON.stringify(await browser.storage.session.get('grants'))).not.toContain('accessToken');
});

it('a grant that comes after the connection was made anew does not take the place of the new one', async () => {
  const { coming, answer } = await ask();
  await holdGrant(grant('new'));
  answer();
  await coming;
  expect(await heldGrant(connectionId)).toMatchObject({ accessToken: 'new' });
});
