import { expect, it } from 'vitest';
import { brokeredPath } from '../../../shared/api/broker.ts';
import { deleteConnection, listConnections, type Connection } from '../../../shared/api/connections.ts';
import { giveBackConnection } from '../../../relay/sharing/share.ts';
import { pollDue } from '../../../relay/connection/device-poll.ts';
import { createDeviceFlow, pollDeviceFlow } from '../../../shared/api/device-flows.ts';
import { approveDevice } from '../../sandbox/consent.ts';
import { createFlow } from '../../../shared/api/flows.ts';
import { createGrant } from '../../../shared/api/grants.ts';
import { createManualConnection } from '../../../shared/api/manual-connections.ts';
import * as people from '../../../shared/api/members.ts';
import { changePolicy } from '../../../shared/api/policy.ts';
import { listTeamConnections, shareConnection } from '../../../shared/api/team-connections.ts';
import { Policy } from '../../../shared/policy.ts';
import type { SqlValue } from '../../../relay/store/driver.ts';
import { teamId } from '../../../relay/store/members.ts';
import { inviteAgain } from '../../../relay/people/members.ts';
import { operator } from '../../../relay/audit.ts';
import { credentials } from '../harness.ts';
import { Installation } from '../installation.ts';
import { openSandboxed } from '../sandboxed.ts';

const clients = '/c/101/entities/clients';
const demo = { email: 'demo@example.it', scopes: ['entity.clients:r'] };

/** A connection of the team's, an administrator who made it, and a member. */
async function openTeam() {
  const world = await openSandboxed();
  const admin = await world.relay.join('Ada Neri', { role: 'admin' });
  const mario = await world.relay.join('Mario Rossi');
  const { connection, grant } = await world.connectAs(admin, { ...demo, forTeam: true });
  return { ...world, admin, mario, connection, grant };
}

const read = (installation: Installation, { id }: Pick<Connection, 'id'>): Promise<Response> =>
  installation.send({ method: 'GET', path: brokeredPath(id, clients), access: 'session' });

it('an administrator connects for the team by the ordinary flow; members use it, and no browser gets its token', async () => {
  const { relay, admin, mario, connection, grant } = await openTeam();
  expect([connection.owner, grant]).toEqual(['team', null]);
  for (const who of [admin, mario]) {
    expect((await read(who, connection)).status).toBe(200);
    const params = { connectionId: connection.id };
    expect((await who.refusal(createGrant, { params, input: {} })).code).toBe('access-brokered');
    // No more than is needed to use it.
    expect((await who.call(listConnections)).connections).toMatchObject([
      { id: connection.id, owner: 'team', accessMode: 'brokered', createdAtMs: 0 },
    ]);
  }
  expect((await mario.refusal(listTeamConnections)).code).toBe('not-admin');
  const { connections } = await admin.call(listTeamConnections);
  expect(connections).toMatchObject([
    { id: connection.id, sharedWith: 'everyone', createdAtMs: relay.now() },
  ]);
});

it('only those it is shared with have it, from their next call on, and it stands after its maker has gone', async () => {
  const { relay, admin, mario, connection } = await openTeam();
  const anna = await relay.join('Anna Bianchi', { groups: ['Contabilità'] });
  const params = { connectionId: connection.id };
  const share = (sharedWith: object) =>
    admin.call(shareConnection, { params, input: { sharedWith: sharedWith as never } });

  await share({ groups: ['Contabilità'] });
  expect((await read(anna, connection)).status).toBe(200);
  expect((await read(mario, connection)).status).toBe(404);
  expect((await mario.call(listConnections)).connections).toEqual([]);
  await share({ members: [await relay.memberOf(mario)] });
  expect((await read(mario, connection)).status).toBe(200);
  expect((await read(anna, connection)).status).toBe(404);
  expect((await anna.refusal(deleteConnection, { params })).code).toBe('not-found');
  expect((await mario.refusal(deleteConnection, { params })).code).toBe('not-admin');

  await relay.join('Bruno Verdi', { role: 'admin' });
  await admin.call(people.removeMember, { params: { memberId: await relay.memberOf(admin) } });
  expect((await read(mario, connection)).status).toBe(200);
});

it('its list reads no connection of a member’s own, and the list of people reads no token', async () => {
  const { relay, admin, mario, connectAs } = await openTeam();
  await connectAs(mario, demo);
  const { all } = relay.store;
  const rows: unknown[] = [];
  relay.store.all = async <Row>(sql: string, ...values: SqlValue[]) => {
    const found = await all<Row>(sql, ...values);
    rows.push(...found);
    return found;
  };
  await admin.call(listTeamConnections);
  expect(rows).toEqual([expect.objectContaining({ member_id: teamId })]);
  rows.length = 0;
  const { members } = await admin.call(people.listMembers);
  expect(members.flatMap(({ connections }) => connections)).toHaveLength(1);
  expect(JSON.stringify(rows)).not.toContain('_token');
});

it('it is refreshed like any other: of many callers at once one asks the provider', async () => {
  const { relay, sandbox, advance, admin, mario, connection } = await openTeam();
  advance(86_400_000);
  for (const who of [admin, mario]) await who.openSession();
  const before = sandbox.exchanges.filter(({ path }) => path === '/oauth/token').length;
  const answers = await Promise.all([admin, mario].map((who) => read(who, connection)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(sandbox.exchanges.filter(({ path }) => path === '/oauth/token').length - before).toBe(1);
  expect(await relay.audit()).toContain('connection_refreshed');
});

it('an administrator’s own connection becomes the team’s with its id and its tokens, once', async () => {
  const { relay, connectAs } = await openSandboxed();
  const admin = await relay.join('Ada Neri', { role: 'admin' });
  const mario = await relay.join('Mario Rossi');
  const { connection, grant } = await connectAs(admin, demo);
  expect(grant).not.toBeNull();
  const params = { connectionId: connection.id };
  const input = { sharedWith: 'everyone' as const };
  expect((await mario.refusal(shareConnection, { params, input })).code).toBe('not-admin');
  await admin.call(shareConnection, { params, input });
  expect((await read(mario, connection)).status).toBe(200);
  expect((await admin.refusal(createGrant, { params, input: {} })).code).toBe('access-brokered');
  // A second to the same provider has no place; the administrator's own stays theirs.
  const own = await connectAs(admin, demo);
  const again = { connectionId: own.connection.id };
  expect(await admin.refusal(shareConnection, { params: again, input })).toMatchObject({
    status: 409,
    code: 'team-has-one',
  });
  expect((await admin.call(listConnections)).connections.map(({ owner }) => owner)).toEqual([
    'member',
    'team',
  ]);
  expect(await relay.audit()).toContain('connection_shared');
});

it('what a member gave goes back to them with its tokens and is refreshed on, and nobody else has it any more', async () => {
  const { relay, advance, connectAs } = await openSandboxed();
  const admin = await relay.join('Ada Neri', { role: 'admin' });
  const mario = await relay.join('Mario Rossi');
  const { connection, grant } = await connectAs(admin, demo);
  const params = { connectionId: connection.id };
  await admin.call(shareConnection, { params, input: { sharedWith: 'everyone' } });
  await giveBackConnection(relay.deps, connection.id, operator);
  expect((await admin.call(listConnections)).connections).toMatchObject([
    { id: connection.id, owner: 'member' },
  ]);
  expect((await admin.call(createGrant, { params, input: {} })).accessToken).toBe(grant?.accessToken);
  expect((await read(mario, connection)).status).toBe(404);
  advance(86_400_000);
  await admin.openSession();
  expect((await admin.call(createGrant, { params, input: {} })).accessToken).not.toBe(grant?.accessToken);
  const row = await relay.store.get(
    "SELECT member_id, connection_id FROM audit WHERE event = 'connection_given_back'",
  );
  expect(row).toEqual({ member_id: await relay.memberOf(admin), connection_id: connection.id });
  await expect(giveBackConnection(relay.deps, connection.id, operator)).rejects.toThrow('not-found');
});

it.each([
  [
    'somebody connected for the team in its place',
    async ({ bruno, connectAs }) => void (await connectAs(bruno, { ...demo, forTeam: true })),
    'not-found',
  ],
  [
    'they have left',
    async ({ relay, bruno, admin }) =>
      void (await bruno.call(people.removeMember, { params: { memberId: await relay.memberOf(admin) } })),
    'not-found',
  ],
  [
    'they have connected again',
    async ({ admin, connectAs }) => void (await connectAs(admin, demo)),
    'changed-meanwhile',
  ],
  [
    'it is being refreshed',
    async ({ relay }) =>
      void (await relay.store.run('UPDATE connections SET refresh_lease_until_ms = ?', relay.now() + 10_000)),
    'provider-down',
  ],
  [
    'it has ended',
    async ({ relay }) => void (await relay.store.run("UPDATE connections SET status = 'revoked'")),
    'revoked',
  ],
] satisfies Array<[string, (team: Awaited<ReturnType<typeof openGiven>>) => Promise<void>, string]>)(
  'a connection that was given does not go back once %s',
  async (_, change, code) => {
    const team = await openGiven();
    await change(team);
    await expect(giveBackConnection(team.relay.deps, team.id, operator)).rejects.toThrow(code);
    expect((await team.bruno.call(listTeamConnections)).connections).toMatchObject([{ id: team.id }]);
  },
);

/** A connection that an administrator has given to the team, and another administrator. */
async function openGiven() {
  const world = await openSandboxed();
  const admin = await world.relay.join('Ada Neri', { role: 'admin' });
  const bruno = await world.relay.join('Bruno Verdi', { role: 'admin' });
  const { id } = (await world.connectAs(admin, demo)).connection;
  const input = { sharedWith: 'everyone' as const };
  await admin.call(shareConnection, { params: { connectionId: id }, input });
  return { ...world, admin, bruno, id };
}

it('a connection whose tokens are being refreshed is not taken from under the answer', async () => {
  const { relay, connectAs } = await openSandboxed();
  const admin = await relay.join('Ada Neri', { role: 'admin' });
  const { connection } = await connectAs(admin, demo);
  const params = { connectionId: connection.id };
  const input = { sharedWith: 'everyone' as const };
  await relay.store.run('UPDATE connections SET refresh_lease_until_ms = ?', relay.now() + 10_000);
  expect((await admin.refusal(shareConnection, { params, input })).code).toBe('provider-down');
  await relay.store.run('UPDATE connections SET refresh_lease_until_ms = 0, refresh_asked_at_ms = 1');
  expect((await admin.refusal(shareConnection, { params, input })).code).toBe('provider-down');
  await relay.store.run('UPDATE connections SET refresh_asked_at_ms = NULL');
  await admin.call(shareConnection, { params, input });
});

it('another member’s own connection can be shared by nobody, nor can a member connect for the team', async () => {
  const { relay, connectAs, admin, mario } = await openTeam();
  const { connection } = await connectAs(mario, demo);
  const params = { connectionId: connection.id };
  expect((await admin.refusal(shareConnection, { params, input: { sharedWith: 'everyone' } })).code).toBe(
    'not-found',
  );
  const forTeam = true;
  const providerId = 'fatture-in-cloud';
  const challenge = { codeChallenge: 'B'.repeat(43), redirectKind: 'chrome' as const };
  const flow = { providerId, scopes: demo.scopes, ...challenge, forTeam };
  expect((await mario.refusal(createFlow, { input: flow })).code).toBe('not-admin');
  const manual = { providerId, token: 'a/0123456789', forTeam };
  expect((await mario.refusal(createManualConnection, { input: manual })).code).toBe('not-admin');
  expect(
    (await mario.refusal(createDeviceFlow, { input: { providerId, scopes: [], forTeam } })).code,
  ).not.toBe('internal');
  expect(relay.log.join('\n')).not.toContain('"level":50');
});

it('whoever is no administrator any more when they come back does not finish a login for the team', async () => {
  const { relay, sandbox: _, ...world } = await openSandboxed();
  const admin = await relay.join('Ada Neri', { role: 'admin' });
  await relay.join('Bruno Verdi', { role: 'admin' });
  const { call } = admin;
  // Demoted between the two halves.
  admin.call = async (endpoint, exchange) => {
    if (endpoint.id === 'exchangeFlow') {
      await relay.store.run("UPDATE members SET role = 'member' WHERE id = ?", await relay.memberOf(admin));
    }
    return call.call(admin, endpoint as never, exchange as never) as never;
  };
  await expect(world.connectAs(admin, { ...demo, forTeam: true })).rejects.toThrow('not-admin');
  expect(await relay.store.all('SELECT id FROM connections')).toEqual([]);
});

it('the policy may give tokens of the team’s connection to those it names', async () => {
  const { relay, admin, mario, connection } = await openTeam();
  const policy = Policy.parse({ directTeam: { members: [await relay.memberOf(mario)] } });
  await admin.call(changePolicy, { input: { basedOn: 0, policy } });
  const params = { connectionId: connection.id };
  expect((await mario.call(createGrant, { params, input: {} })).scopes).toEqual(demo.scopes);
  expect((await admin.refusal(createGrant, { params, input: {} })).code).toBe('access-brokered');
});

it('the team is no member: it is on no list, and nobody can be invited as it or remove it', async () => {
  const { relay, admin, connection } = await openTeam();
  const { members } = await admin.call(people.listMembers);
  expect(members.map(({ name }) => name)).toEqual(['Ada Neri', 'Mario Rossi']);
  await expect(inviteAgain(relay.deps, operator, teamId)).rejects.toThrow('not-found');
  const params = { memberId: teamId };
  expect((await admin.refusal(people.removeMember, { params })).code).toBe('not-found');
  expect((await admin.refusal(people.changeMember, { params, input: { role: 'admin' } })).code).toBe(
    'not-found',
  );
  // The administrator disconnects it, as anything else.
  await admin.call(deleteConnection, { params: { connectionId: connection.id } });
  expect((await admin.call(listTeamConnections)).connections).toEqual([]);
});

it.each([
  ['ends in a connection of the team’s', 'admin', 'team'],
  ['ends in none where they are no administrator any more', 'member', null],
] as const)('a code that an administrator asked for, for the team, %s', async (_, role, owner) => {
  const { relay, advance } = await openSandboxed({
    environment: { STAFFETTA_FATTURE_IN_CLOUD_METHODS: 'device-code' },
  });
  const admin = await relay.join('Ada Neri', { role: 'admin' });
  const flow = await admin.call(createDeviceFlow, {
    input: { providerId: 'fatture-in-cloud', scopes: demo.scopes, forTeam: true },
  });
  await approveDevice(flow.verificationUri, flow.userCode, demo);
  await relay.store.run('UPDATE members SET role = ?', role);
  advance(5_000);
  await pollDue(relay.deps);
  const { connections } = await admin.call(listConnections);
  expect(connections.map((connection) => connection.owner)).toEqual(owner === null ? [] : [owner]);
  const answer = await admin.request(pollDeviceFlow, { params: { flowId: flow.flowId } });
  expect(await answer.json()).toMatchObject(
    owner === null ? { code: 'not-admin' } : { status: 'connected', grant: null },
  );
});

it('a token made by hand for the team is used by all and answered to nobody', async () => {
  const { relay, sandbox } = await openSandboxed();
  const admin = await relay.join('Ada Neri', { role: 'admin' });
  const mario = await relay.join('Mario Rossi');
  const { value: token } = sandbox.state.issueManual(demo.email, credentials.clientId, ['entity.clients:a']);
  const input = { providerId: 'fatture-in-cloud', token, forTeam: true };
  const { connection } = await admin.call(createManualConnection, { input });
  expect((await read(mario, connection)).status).toBe(200);
  expect(JSON.stringify([relay.answers, relay.log])).not.toContain(token);
});
