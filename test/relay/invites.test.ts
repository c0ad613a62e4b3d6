import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createEnrolment, InviteLink } from '../../shared/api/enrolments.ts';
import { listConnections } from '../../shared/api/connections.ts';
import { inviteMember } from '../../relay/cli/invite.ts';
import { openRelay, type TestRelay } from './harness.ts';
import { Installation } from './installation.ts';

const weekMs = 7 * 86_400_000;
const installationName = 'Chrome on Linux';

const enrolmentsIn = (relay: TestRelay) => relay.store.all<{ id: string }>('SELECT id FROM installations');

test('an invite is a link whose secret stands in the fragment, and the database keeps only its digest', async () => {
  const relay = openRelay();
  const link = await inviteMember(relay.store, relay.config, 'Mario Rossi', relay.now());
  const { relayOrigin, invite } = InviteLink.parse(link);
  expect(relayOrigin).toBe(relay.publicUrl);
  expect(invite).toMatch(/^inv_[A-Za-z0-9_-]{22}$/);
  expect(JSON.stringify(await relay.store.all('SELECT * FROM invites'))).not.toContain(invite.slice(4));
});

test('an invite enrols the member it was made for', async () => {
  const relay = openRelay();
  const installation = await Installation.create(relay);
  const input = { invite: await relay.invite('Anna Bianchi'), installationName };
  expect(await installation.call(createEnrolment, { input })).toMatchObject({ memberName: 'Anna Bianchi' });
  expect(await relay.audit()).toEqual(['member_invited', 'installation_enrolled']);
});

test('an invite is good once, for the same key and for another', async () => {
  const relay = openRelay();
  const invite = await relay.invite();
  const [first, second] = [await Installation.create(relay), await Installation.create(relay)];
  await first.enrol(invite);
  for (const installation of [first, second]) {
    const refusal = await installation.refusal(createEnrolment, { input: { invite, installationName } });
    expect(refusal).toMatchObject({ status: 400, code: 'invite-invalid' });
  }
  expect(await enrolmentsIn(relay)).toHaveLength(1);
  expect((await relay.audit()).filter((event) => event === 'invite_refused')).toHaveLength(2);
  // The first enrolment stands.
  await first.openSession();
});

test('of two that use an invite at the same instant one is enrolled', async () => {
  const relay = openRelay();
  const invite = await relay.invite();
  const installations = await Promise.all(Array.from({ length: 6 }, () => Installation.create(relay)));
  await Promise.all(installations.map((installation) => installation.meet()));
  const results = await Promise.allSettled(installations.map((installation) => installation.enrol(invite)));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await enrolmentsIn(relay)).toHaveLength(1);
});

test.for([
  { name: 'in its last millisecond', afterMs: weekMs - 1, isGood: true },
  { name: 'at its end', afterMs: weekMs, isGood: false },
  { name: 'long after', afterMs: 10 * weekMs, isGood: false },
])('an invite $name: accepted is $isGood', async ({ afterMs, isGood }) => {
  const relay = openRelay();
  const installation = await Installation.create(relay);
  const invite = await relay.invite();
  relay.clock.advance(afterMs);
  const response = await installation.request(createEnrolment, { input: { invite, installationName } });
  expect(response.status).toBe(isGood ? 200 : 400);
  expect(await enrolmentsIn(relay)).toHaveLength(isGood ? 1 : 0);
});

test('an invite nobody made is refused like a used one', async () => {
  const relay = openRelay();
  const installation = await Installation.create(relay);
  const invite = `inv_${randomBytes(16).toString('base64url')}`;
  const refusal = await installation.refusal(createEnrolment, { input: { invite, installationName } });
  expect(refusal).toMatchObject({ status: 400, code: 'invite-invalid' });
  expect(JSON.stringify(refusal) + relay.log.join('')).not.toContain(invite);
});

test.for([
  '',
  'inv_',
  'inv_short',
  `inv_${'A'.repeat(23)}`,
  `INV_${'A'.repeat(22)}`,
  `inv_${'A'.repeat(21)}\n`,
  `' OR 1=1 --`,
])('%j is no invite, and is not repeated', async (invite) => {
  const relay = openRelay();
  const installation = await Installation.create(relay);
  const refusal = await installation.refusal(createEnrolment, { input: { invite, installationName } });
  expect(refusal).toMatchObject({ status: 400, code: 'request-invalid', fields: ['invite'] });
});

test('a request that is refused for its form does not use the invite up', async () => {
  const relay = openRelay();
  const installation = await Installation.create(relay);
  const invite = await relay.invite();
  for (const name of ['', '   ', 'x'.repeat(81)]) {
    const refusal = await installation.refusal(createEnrolment, {
      input: { invite, installationName: name },
    });
    expect(refusal).toMatchObject({ code: 'request-invalid', fields: ['installationName'] });
  }
  await installation.enrol(invite);
});

test('a key that is invited again moves to the new member, and its old session ends', async () => {
  const relay = openRelay();
  const installation = await relay.join('Mario Rossi');
  const input = { invite: await relay.invite('Anna Bianchi'), installationName };
  expect(await installation.call(createEnrolment, { input })).toMatchObject({ memberName: 'Anna Bianchi' });
  expect(await enrolmentsIn(relay)).toHaveLength(1);
  expect(await installation.refusal(listConnections)).toMatchObject({ status: 401, code: 'session-expired' });
  await installation.openSession();
  expect(await installation.call(listConnections)).toEqual({ connections: [] });
});
