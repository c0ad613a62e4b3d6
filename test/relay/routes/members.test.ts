import { describe, expect, it } from 'vitest';
import { readAudit } from '../../../shared/api/audit.ts';
import { createEnrolment } from '../../../shared/api/enrolments.ts';
import { listConnections } from '../../../shared/api/connections.ts';
import { createFlow } from '../../../shared/api/flows.ts';
import * as api from '../../../shared/api/members.ts';
import { createSession } from '../../../shared/api/sessions.ts';
import { claimWrite } from '../../../shared/api/writes.ts';
import { listPeople, expelMember } from '../../../relay/people/members.ts';
import { disconnect } from '../../../relay/sharing/disconnect.ts';
import { operator } from '../../../relay/audit.ts';
import { insertConsoleSession, findConsoleSession } from '../../../relay/store/console-sessions.ts';
import { findIdentity, insertIdentity } from '../../../relay/store/identities.ts';
import { verifyAudit } from '../../../relay/audit.ts';
import { signIn } from '../console/browser.ts';
import { openRelay, type TestRelay } from '../harness.ts';
import { Installation } from '../installation.ts';
import { openTokenEndpoint } from '../token-endpoint.ts';

const dayMs = 86_400_000;

/** A relay with an administrator, and a member beside them. */
async function openTeam(options: Parameters<typeof openRelay>[0] = {}) {
  const relay = await openRelay(options);
  const admin = await relay.join('Ada Neri', { role: 'admin' });
  const mario = await relay.join('Mario Rossi');
  return { relay, admin, mario, marioId: await relay.memberOf(mario) };
}

const enrolWith = async (relay: TestRelay, invite: string, more: object = {}) => {
  const installation = await Installation.create(relay);
  const input = { invite, installationName: 'Chrome on Linux', ...more };
  return { installation, response: await installation.request(createEnrolment, { input }) };
};

describe('an administrator', () => {
  it('sees everybody with role, groups, browsers and last use, and no secret of anybody', async () => {
    const { relay, admin } = await openTeam();
    const { invite } = await admin.call(api.createMember, {
      input: { name: 'Anna Bianchi', role: 'auditor', groups: ['Contabilità'] },
    });
    const code = invite.link.split('#')[1] ?? '';
    const browser = { name: 'Firefox', version: '140.0' };
    const { installation } = await enrolWith(relay, code, { browser });
    relay.clock.advance(60_000);
    await installation.openSession();
    relay.clock.advance(60_000);
    const { members } = await admin.call(api.listMembers);
    expect(members.map(({ name, role }) => [name, role])).toEqual([
      ['Ada Neri', 'admin'],
      ['Anna Bianchi', 'auditor'],
      ['Mario Rossi', 'member'],
    ]);
    expect(members[1]).toMatchObject({
      groups: ['Contabilità'],
      invites: 0,
      installations: [{ name: 'Chrome on Linux', browser, lastUsedAtMs: relay.now() - 60_000 }],
    });
    expect(JSON.stringify(members)).not.toMatch(/ses_|inv_|thumbprint/);
  });

  it('changes name, role and groups of a member, who notices at the next call', async () => {
    const { admin, mario, marioId } = await openTeam();
    const params = { memberId: marioId };
    expect((await mario.refusal(api.listMembers)).code).toBe('not-admin');
    await admin.call(api.changeMember, { params, input: { role: 'auditor' } });
    expect((await mario.call(api.listMembers)).members).toHaveLength(2);
    await admin.call(api.changeMember, { params, input: { name: 'Mario R.', groups: ['a', 'b'] } });
    const { members } = await admin.call(api.listMembers);
    expect(members.find(({ id }) => id === marioId)).toMatchObject({
      name: 'Mario R.',
      role: 'auditor',
      groups: ['a', 'b'],
    });
  });

  it('B12: removes one installation: it is out at its next call, and the log says who did it to whom', async () => {
    const { relay, admin, mario, marioId } = await openTeam();
    const { members } = await admin.call(api.listMembers);
    const [own] = members.find(({ id }) => id === marioId)?.installations ?? [];
    if (own === undefined) throw new Error('no installation');
    const params = { installationId: own.id };
    await admin.call(api.removeInstallation, { params });
    expect((await mario.refusal(listConnections)).code).toBe('session-expired');
    expect((await mario.refusal(createSession)).code).toBe('not-enrolled');
    expect((await admin.refusal(api.removeInstallation, { params })).code).toBe('not-found');
    const { entries } = await admin.call(readAudit, { input: { event: 'installation_removed' } });
    expect(entries).toMatchObject([
      { memberId: marioId, installationId: own.id, actorId: await relay.memberOf(admin) },
    ]);
  });

  it.each([
    ['takes the tokens back', {}, 200, 'revoked'],
    ['says that it could not', {}, 503, 'failed'],
    ['has no way to', { revocationEndpoint: null }, 200, 'unsupported'],
  ] as const)(
    'removes a member: tokens are erased, and where the provider %s that is what is told',
    async (_, provider, status, revocation) => {
      const endpoint = await openTokenEndpoint();
      const { relay, admin, mario, marioId } = await openTeam({
        providerOrigin: endpoint.origin,
        provider: { revocationEndpoint: '/oauth/revoke', ...provider },
      });
      const { connection } = await relay.connect(mario);
      endpoint.always({ status, body: '' });
      const answer = await admin.call(api.removeMember, { params: { memberId: marioId } });
      expect(answer).toEqual({
        installations: 1,
        connections: [{ id: connection.id, providerId: 'fatture-in-cloud', revocation }],
      });
      expect((await mario.refusal(listConnections)).code).toBe('session-expired');
      for (const table of ['connections', 'installations', 'invites']) {
        const left = await relay.store.all(`SELECT * FROM ${table} WHERE member_id = ?`, marioId);
        expect(left).toEqual([]);
      }
      // What was done stays written down, with ids only, and the chain is whole.
      const { entries } = await admin.call(readAudit, { input: { memberId: marioId } });
      const events = entries.map(({ event }) => event);
      expect(events).toEqual(
        expect.arrayContaining(['connection_made', 'connection_erased', 'member_removed']),
      );
      expect(JSON.stringify(entries)).not.toContain('Mario');
      expect(await verifyAudit(relay.deps)).toMatchObject({ isWhole: true });
    },
  );

  it('B12: a removed member is locked out of everything before the first connection is taken apart', async () => {
    const endpoint = await openTokenEndpoint();
    const { relay, admin, marioId } = await openTeam({ providerOrigin: endpoint.origin });
    const second = await relay.join('Bruno Verdi', { role: 'admin' });
    const memberId = await relay.memberOf(second);
    await relay.connect(second);
    const { invite } = await admin.call(api.createInvite, { params: { memberId } });
    const nowMs = relay.now();
    const someone = { issuer: 'https://id.example.com', subject: 'bruno', email: 'bruno@example.com' };
    await insertIdentity(relay.store, { ...someone, memberId }, nowMs);
    const console_ = { tokenHash: 'x', expiresAtMs: nowMs + dayMs };
    await insertConsoleSession(relay.store, { ...console_, memberId }, nowMs);
    await insertConsoleSession(relay.store, { ...console_, tokenHash: 'y', memberId: marioId }, nowMs);
    const away = expelMember(relay.deps, operator, memberId, () => Promise.reject(new Error('away')));
    await expect(away).rejects.toThrow('away');

    expect((await second.refusal(createSession)).code).toBe('not-enrolled');
    for (const half of [invite.code, invite.link.split('#')[1] ?? '']) {
      expect((await enrolWith(relay, half)).response.status).toBe(400);
    }
    expect(await findConsoleSession(relay.store, 'x', dayMs, nowMs)).toBeNull();
    expect(await findConsoleSession(relay.store, 'y', dayMs, nowMs)).toMatchObject({ memberId: marioId });
    expect(await findIdentity(relay.store, someone)).toMatchObject({ memberId: null });
    // What was left undone is done by the next removal, also where somebody disconnects at the same moment.
    const again = expelMember(relay.deps, operator, memberId, async ({ id }, subject) => {
      await disconnect(relay.deps, id, memberId, subject);
      return disconnect(relay.deps, id, memberId, subject);
    });
    expect(await again).toEqual({ installations: 0, connections: [] });
    expect((await listPeople(relay.deps)).map(({ name }) => name)).toEqual(['Ada Neri', 'Mario Rossi']);
  });

  it('cannot remove or demote the last administrator, also when two remove each other at once', async () => {
    const { relay, admin } = await openTeam();
    const adminId = await relay.memberOf(admin);
    const params = { memberId: adminId };
    expect(await admin.refusal(api.removeMember, { params })).toMatchObject({
      status: 409,
      code: 'last-admin',
    });
    for (const role of ['member', 'auditor'] as const) {
      expect((await admin.refusal(api.changeMember, { params, input: { role } })).code).toBe('last-admin');
    }
    const second = await relay.join('Bruno Verdi', { role: 'admin' });
    const secondId = await relay.memberOf(second);
    const both = await Promise.allSettled(
      [adminId, secondId].map((id) => expelMember(relay.deps, operator, id)),
    );
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const admins = (await listPeople(relay.deps)).filter(({ role }) => role === 'admin');
    // Whoever is left can still get in.
    expect(admins.map(({ installations }) => installations.length)).toEqual([1]);
  });
});

describe('an auditor', () => {
  it('reads the lists and the log, and changes nothing anywhere', async () => {
    const { relay, mario, marioId } = await openTeam();
    const auditor = await relay.join('Anna Bianchi', { role: 'auditor' });
    await auditor.call(api.listMembers);
    const { entries } = await auditor.call(readAudit, { input: { limit: 2 } });
    expect(entries.map(({ event }) => event)).toEqual(['session_opened', 'installation_enrolled']);
    const before = entries[1]?.sequence ?? 0;
    const older = await auditor.call(readAudit, { input: { limit: 200, before } });
    expect(older.entries[0]?.sequence).toBe(before - 1);
    expect(JSON.stringify(older)).not.toMatch(/hash/i);

    const params = { memberId: marioId };
    expect((await auditor.refusal(api.createMember, { input: { name: 'X' } })).code).toBe('not-admin');
    expect((await auditor.refusal(api.createInvite, { params })).code).toBe('not-admin');
    expect((await auditor.refusal(api.changeMember, { params, input: {} })).code).toBe('not-admin');
    expect((await auditor.refusal(api.removeMember, { params })).code).toBe('not-admin');
    const flow = {
      providerId: 'fatture-in-cloud',
      scopes: [],
      codeChallenge: 'A'.repeat(43),
      redirectKind: 'chrome' as const,
    };
    expect((await auditor.refusal(createFlow, { input: flow })).code).toBe('blocked-by-admin');
    expect((await auditor.refusal(claimWrite, { input: { key: 'a'.repeat(64) } })).code).toBe(
      'blocked-by-admin',
    );
    expect((await mario.refusal(readAudit, { input: {} })).code).toBe('not-admin');
  });
});

describe('an invite', () => {
  it('has a link and a code to be read out; one uses up the other', async () => {
    const { relay, admin, marioId } = await openTeam();
    for (const first of ['code', 'link'] as const) {
      const { invite } = await admin.call(api.createInvite, { params: { memberId: marioId } });
      const halves = { code: invite.code, link: invite.link.split('#')[1] ?? '' };
      expect((await enrolWith(relay, halves[first])).response.status).toBe(200);
      for (const half of Object.values(halves)) {
        expect((await enrolWith(relay, half)).response.status).toBe(400);
      }
    }
  });

  it('its code is good for a day, its link for a week', async () => {
    const { relay, admin, marioId } = await openTeam();
    const { invite } = await admin.call(api.createInvite, { params: { memberId: marioId } });
    expect(invite.codeExpiresAtMs - relay.now()).toBe(dayMs);
    relay.clock.advance(dayMs);
    expect((await enrolWith(relay, invite.code)).response.status).toBe(400);
    expect((await enrolWith(relay, invite.link.split('#')[1] ?? '')).response.status).toBe(200);
  });

  it('its code cannot be found by guessing: guesses are counted for all addresses together, and links go on', async () => {
    const { relay, admin, marioId } = await openTeam({
      limitFactor: 1,
      environment: { STAFFETTA_TRUSTED_PROXIES: '127.0.0.1' },
    });
    const { invite } = await admin.call(api.createInvite, { params: { memberId: marioId } });
    const guesser = await Installation.create(relay);
    await guesser.meet();
    // Elsewhere counted by address as well; here the address is as good as always another.
    for (let guess = 0; guess < 120; guess += 1) relay.deps.limits.take('guess', '');
    expect((await enrolWith(relay, '0000-0000')).response.status).toBe(429);
    expect((await enrolWith(relay, invite.code)).response.status).toBe(429);
    expect((await enrolWith(relay, invite.link.split('#')[1] ?? '')).response.status).toBe(200);
  });

  it('cannot be read from the database: the code stands there as a keyed hash', async () => {
    const { relay, admin, marioId } = await openTeam();
    const { invite } = await admin.call(api.createInvite, { params: { memberId: marioId } });
    const rows = JSON.stringify(await relay.store.all('SELECT * FROM invites'));
    expect(rows).not.toContain(invite.code);
    expect(rows).not.toContain(invite.link.split('#')[1]);
    expect(relay.log.join('\n')).not.toContain(invite.code);
  });

  it.each([
    ['a browser of many words', { browser: { name: '<script>alert(1)</script>', version: '1' } }],
    ['a version that is none', { browser: { name: 'Chrome', version: '1; DROP TABLE members' } }],
    ['a name that runs backwards', { installationName: 'Chrome ‮xunil' }],
    ['a name of two lines', { installationName: 'Chrome\nAda Neri' }],
    ['a name of nothing to see', { installationName: '​​' }],
  ])('is not used up by an installation that calls itself %s', async (_, more) => {
    const relay = await openRelay();
    const invite = await relay.invite();
    expect((await enrolWith(relay, invite, more)).response.status).toBe(400);
    expect((await enrolWith(relay, invite)).response.status).toBe(200);
  });
});

it('an id with a control character is of nobody: no database is asked for what it cannot keep', async () => {
  const { relay, admin } = await openTeam();
  const { browser } = await signIn(relay);
  const asked = await admin.refusal(readAudit, { input: { memberId: 'mem_\0' as never } });
  expect(asked).toMatchObject({ code: 'request-invalid', fields: ['memberId'] });
  expect((await browser.open('/admin/people/%00')).status).toBe(404);
  for (const name of ['text', 'member', 'event', 'from']) {
    expect((await browser.open(`/admin/audit?${name}=a%00b`)).status, name).toBe(200);
  }
});
