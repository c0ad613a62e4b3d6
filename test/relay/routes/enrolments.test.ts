import { expect, test } from 'vitest';
import { createEnrolment } from '../../../shared/api/enrolments.ts';
import { listConnections } from '../../../shared/api/connections.ts';
import { createSession } from '../../../shared/api/sessions.ts';
import { openRelay } from '../harness.ts';
import { Installation } from '../installation.ts';
import { openTokenEndpoint } from '../token-endpoint.ts';

const weekMs = 7 * 86_400_000;
const inputOf = (invite: string) => ({ input: { invite, installationName: 'Chrome on Linux' } });

test('an invite makes one installation of its member', async () => {
  const relay = await openRelay();
  const installation = await Installation.create(relay);
  const enrolled = await installation.call(createEnrolment, inputOf(await relay.invite('Anna Bianchi')));
  expect(enrolled.memberName).toBe('Anna Bianchi');
  expect(await installation.call(createSession)).toMatchObject({
    installationId: enrolled.installationId,
    memberName: 'Anna Bianchi',
  });
  expect(await relay.audit()).toEqual(['member_invited', 'installation_enrolled', 'session_opened']);
});

test('D7: an enrolment that cannot be written down does not happen: the invite is as good as before', async () => {
  const relay = await openRelay();
  const invite = await relay.invite();
  const installation = await Installation.create(relay);
  await relay.store.run('ALTER TABLE audit RENAME TO audit_away');
  const refused = await installation.refusal(createEnrolment, inputOf(invite));
  expect(refused).toMatchObject({ status: 500, code: 'internal' });
  expect(await relay.store.all('SELECT id FROM installations')).toEqual([]);
  await relay.store.run('ALTER TABLE audit_away RENAME TO audit');
  await installation.call(createEnrolment, inputOf(invite));
});

test('an invite used once is invalid for another key; who lost the answer gets the same installation again, until it is removed', async () => {
  const relay = await openRelay();
  const invite = await relay.invite();
  const [first, second] = [await Installation.create(relay), await Installation.create(relay)];
  const enrolled = await first.call(createEnrolment, inputOf(invite));
  relay.clock.advance(1_000);
  const invalid = { status: 400, code: 'invite-invalid' };
  expect(await second.refusal(createEnrolment, inputOf(invite))).toMatchObject(invalid);
  expect(await first.call(createEnrolment, inputOf(invite))).toEqual(enrolled);
  await relay.store.run('DELETE FROM installations WHERE id = ?', enrolled.installationId);
  expect(await first.refusal(createEnrolment, inputOf(invite))).toMatchObject(invalid);
  expect(await second.refusal(createSession)).toMatchObject({ code: 'not-enrolled' });
  expect(await relay.audit()).toContain('invite_refused');
});

test('of two who use an invite at the same instant one is enrolled', async () => {
  const relay = await openRelay();
  const invite = await relay.invite();
  const rivals = await Promise.all([1, 2, 3].map(() => Installation.create(relay)));
  for (const rival of rivals) await rival.meet();
  const answers = await Promise.all(rivals.map((rival) => rival.request(createEnrolment, inputOf(invite))));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
});

test('two who are invited enrol at the same instant', async () => {
  const relay = await openRelay();
  const pairs = await Promise.all(
    ['Mario Rossi', 'Anna Bianchi'].map(async (name) => ({
      name,
      installation: await Installation.create(relay),
    })),
  );
  const invites: string[] = [];
  for (const { name, installation } of pairs) {
    invites.push(await relay.invite(name));
    await installation.meet();
  }
  const answers = await Promise.all(
    pairs.map(({ installation }, index) =>
      installation.request(createEnrolment, inputOf(invites[index] ?? '')),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
});

test('an invite is good until its last millisecond', async () => {
  const relay = await openRelay();
  const [good, late] = [await relay.invite(), await relay.invite()];
  relay.clock.advance(weekMs - 1);
  await (await Installation.create(relay)).enrol(good);
  relay.clock.advance(1);
  const stranger = await Installation.create(relay);
  expect(await stranger.refusal(createEnrolment, inputOf(late))).toMatchObject({ code: 'invite-invalid' });
});

test('an invite that was never made is invalid, and one that is no invite is not looked up', async () => {
  const stranger = await Installation.create(await openRelay());
  const unknown = await stranger.refusal(createEnrolment, inputOf('inv_AAAAAAAAAAAAAAAAAAAAAA'));
  expect(unknown).toMatchObject({ status: 400, code: 'invite-invalid' });
  for (const invite of [
    '',
    'inv_',
    'inv_AAAAAAAAAAAAAAAAAAAAA',
    "inv_' OR 1=1 --AAAAAAAAA",
    'INV_AAAAAAAAAAAAAAAAAAAAAA',
  ]) {
    expect(await stranger.refusal(createEnrolment, inputOf(invite))).toMatchObject({
      code: 'request-invalid',
      fields: ['invite'],
    });
  }
});

test('a key that is invited again moves to the new member and leaves the old one’s connections behind', async () => {
  const endpoint = await openTokenEndpoint();
  const relay = await openRelay({ providerOrigin: endpoint.origin });
  const installation = await relay.join('Mario Rossi');
  await relay.connect(installation);
  const oldSession = installation.sessionToken;
  await installation.enrol(await relay.invite('Anna Bianchi'));
  // The session belonged to the installation that is gone.
  expect(await installation.refusal(listConnections)).toMatchObject({ code: 'session-expired' });
  expect(await installation.openSession()).not.toBe(oldSession);
  expect(await installation.call(listConnections)).toMatchObject({ connections: [] });
});

test('a request that is refused for its form does not use the invite up', async () => {
  const relay = await openRelay();
  const installation = await Installation.create(relay);
  const invite = await relay.invite();
  for (const installationName of ['', '   ', 'x'.repeat(81)]) {
    const refusal = await installation.refusal(createEnrolment, { input: { invite, installationName } });
    expect(refusal).toMatchObject({ code: 'request-invalid', fields: ['installationName'] });
  }
  await installation.enrol(invite);
});
