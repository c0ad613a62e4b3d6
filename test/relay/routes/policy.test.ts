import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { brokeredPath } from '../../../shared/api/broker.ts';
import { listConnections } from '../../../shared/api/connections.ts';
import { createDeviceFlow } from '../../../shared/api/device-flows.ts';
import { createFlow } from '../../../shared/api/flows.ts';
import { createGrant } from '../../../shared/api/grants.ts';
import { createManualConnection } from '../../../shared/api/manual-connections.ts';
import { setNotices } from '../../../shared/api/notices.ts';
import { readAudit } from '../../../shared/api/audit.ts';
import { changePolicy, readPolicy } from '../../../shared/api/policy.ts';
import { listSites } from '../../../shared/api/sites.ts';
import { claimWrite } from '../../../shared/api/writes.ts';
import { actionIds, actionOf } from '../../../shared/actions.ts';
import { ConnectionId } from '../../../shared/ids.ts';
import { Policy } from '../../../shared/policy.ts';
import { sharedDatabase } from '../../postgres/database.ts';
import { openRelay } from '../harness.ts';
import { Installation, refusalIn } from '../installation.ts';
import { openSandboxed } from '../sandboxed.ts';

const demo = { email: 'demo@example.it', scopes: ['entity.clients:a'] };
const nobody = {};

/** A member with a connection, and an administrator who decides what they may. */
async function open(environment: Record<string, string> = {}) {
  const world = await openSandboxed({ environment });
  const admin = await world.relay.join('Ada Neri', { role: 'admin' });
  const mario = await world.relay.join('Mario Rossi');
  const { connection } = await world.connectAs(mario, demo);
  const params = { connectionId: connection.id };
  let basedOn = 0;
  const rule = async (policy: object): Promise<void> => {
    const input = { basedOn, policy: Policy.parse(policy) };
    basedOn = (await admin.call(changePolicy, { input })).version;
  };
  const call = (method: 'GET' | 'POST', path: `/${string}`) =>
    mario.send({
      method,
      path: brokeredPath(connection.id, path),
      ...(method === 'POST' ? { body: JSON.stringify({ data: { name: 'Uno S.r.l.' } }) } : {}),
      access: 'session',
    });
  return { ...world, admin, mario, connection, params, rule, call };
}

it('a provider that is off: no login, no token, no call, from the next call on, and back on as fast', async () => {
  const { mario, params, rule, call } = await open({ STAFFETTA_FATTURE_IN_CLOUD_ACCESS_MODE: 'brokered' });
  const clients = '/c/101/entities/clients';
  expect((await call('GET', clients)).status).toBe(200);
  await rule({ providers: { 'fatture-in-cloud': nobody } });
  const blocked = { status: 403, code: 'blocked-by-admin' };
  expect(await refusalIn(await call('GET', clients))).toMatchObject(blocked);
  expect(await mario.refusal(createGrant, { params, input: {} })).toMatchObject(blocked);
  const flow = {
    providerId: 'fatture-in-cloud',
    scopes: [],
    codeChallenge: 'A'.repeat(43),
    redirectKind: 'chrome' as const,
  };
  expect(await mario.refusal(createFlow, { input: flow })).toMatchObject(blocked);
  const token = 'a/0123456789';
  const manual = { providerId: 'fatture-in-cloud', token };
  expect(await mario.refusal(createManualConnection, { input: manual })).toMatchObject(blocked);
  await rule({});
  expect((await call('GET', clients)).status).toBe(200);
});

it('an action that is off is refused where the relay calls, and no token that could do it goes into a browser', async () => {
  const { mario, params, rule, call } = await open();
  await mario.call(createGrant, { params, input: {} });
  await rule({ actions: { 'fic.client.create': { roles: ['admin'] } } });
  // A browser that held the token could ask the provider itself.
  expect((await mario.refusal(createGrant, { params, input: {} })).code).toBe('access-brokered');
  expect((await mario.call(listConnections)).connections[0]?.accessMode).toBe('brokered');
  expect((await call('GET', '/c/101/entities/clients')).status).toBe(200);
  expect((await refusalIn(await call('POST', '/c/101/entities/clients'))).code).toBe('blocked-by-admin');
  // What was no action before is still none.
  expect((await refusalIn(await call('POST', '/c/101/emails'))).code).toBe('not-allowed');
});

it('a way to connect that is off ends what was connected that way too', async () => {
  const { mario, params, rule } = await open({
    STAFFETTA_FATTURE_IN_CLOUD_METHODS: 'authorization-code,device-code,manual-token',
  });
  await rule({ methods: { 'authorization-code': nobody, 'device-code': nobody } });
  expect((await mario.refusal(createGrant, { params, input: {} })).code).toBe('blocked-by-admin');
  const device = { providerId: 'fatture-in-cloud', scopes: [] };
  expect((await mario.refusal(createDeviceFlow, { input: device })).code).toBe('blocked-by-admin');
});

it('scopes that no allowed action needs are not asked for, and the answer names them', async () => {
  const { mario, rule } = await open();
  await rule({ actions: { 'fic.receipt.create': nobody } });
  const flow = {
    providerId: 'fatture-in-cloud',
    scopes: ['entity.clients:r', 'receipts:a'],
    codeChallenge: 'A'.repeat(43),
    redirectKind: 'chrome' as const,
  };
  expect(await mario.refusal(createFlow, { input: flow })).toMatchObject({
    code: 'blocked-by-admin',
    scopes: ['receipts:a'],
  });
});

it('who is refused stands in the audit log, once an hour for the same call, and the answer is the same without it', async () => {
  const { relay, mario, admin, params, rule, advance } = await open();
  const refused = () => mario.refusal(createGrant, { params, input: {} });
  const entries = async () => {
    const input = { event: 'policy_refused' };
    return (await admin.call(readAudit, { input })).entries.map(
      ({ memberId, installationId, outcome, requestId }) => ({
        memberId,
        installationId,
        outcome,
        requestId,
      }),
    );
  };
  await rule({ providers: { 'fatture-in-cloud': nobody } });
  const { status, code, instance } = await refused();
  expect({ status, code }).toEqual({ status: 403, code: 'blocked-by-admin' });
  await refused();
  const memberId = await relay.memberOf(mario);
  const installationId = expect.stringMatching(/^ins_/) as string;
  const requestId = instance?.split(':').at(-1);
  expect(await entries()).toEqual([{ memberId, installationId, outcome: 'refused', requestId }]);
  expect((await mario.refusal(readPolicy)).code).toBe('not-admin');
  expect(await entries()).toHaveLength(2);
  // What is nobody's doing is none of it.
  await mario.refusal(createGrant, {
    params: { connectionId: ConnectionId.parse(`con_${'A'.repeat(22)}`) },
    input: {},
  });
  expect(await entries()).toHaveLength(2);

  advance(3_600_000);
  await mario.openSession();
  await admin.openSession();
  await refused();
  expect(await entries()).toHaveLength(3);
  advance(3_600_000);
  await mario.openSession();
  await admin.openSession();
  await relay.store.run('ALTER TABLE audit RENAME TO audit_away');
  expect(await refused()).toMatchObject({ status: 403, code: 'blocked-by-admin' });
  expect(relay.log.join('')).toContain('unexpected failure');
  // What could not be written down then is when it is tried again.
  await relay.store.run('ALTER TABLE audit_away RENAME TO audit');
  await refused();
  expect(await entries()).toHaveLength(4);
});

it('each action that is refused to a connection whose calls the relay makes stands in the log, with the connection', async () => {
  const { admin, mario, params, rule, call } = await open();
  await rule({ actions: Object.fromEntries(actionIds.map((id) => [id, nobody])) });
  const [clients, suppliers] = ['/c/101/entities/clients', '/c/101/entities/suppliers'] as const;
  for (const path of [clients, suppliers, clients, suppliers]) {
    expect((await refusalIn(await call('POST', path))).code).toBe('blocked-by-admin');
  }
  const { entries } = await admin.call(readAudit, { input: { event: 'policy_refused' } });
  const entry = expect.objectContaining({ ...params, providerId: 'fatture-in-cloud' }) as object;
  expect(entries).toEqual([entry, entry]);
  await rule({ providers: { 'fatture-in-cloud': nobody } });
  expect((await mario.refusal(createGrant, { params, input: {} })).code).toBe('blocked-by-admin');
  expect((await admin.call(readAudit, { input: { event: 'policy_refused' } })).entries[0]).toEqual(entry);
});

it('a login that was begun before the policy changed is not finished after', async () => {
  const { relay, rule, connectAs } = await open();
  const anna = await relay.join('Anna Bianchi');
  const { call } = anna;
  anna.call = async (endpoint, exchange) => {
    if (endpoint.id === 'exchangeFlow') await rule({ methods: { 'authorization-code': nobody } });
    return call.call(anna, endpoint as never, exchange as never) as never;
  };
  await expect(connectAs(anna, demo)).rejects.toThrow('blocked-by-admin');
});

it('where browsers may have no tokens the relay makes the calls, and says so in the list', async () => {
  const { mario, params, rule, call } = await open();
  await rule({ direct: nobody });
  expect((await mario.refusal(createGrant, { params, input: {} })).code).toBe('access-brokered');
  expect((await call('GET', '/c/101/entities/clients')).status).toBe(200);
  const { connections, policy } = await mario.call(listConnections);
  expect(connections[0]?.accessMode).toBe('brokered');
  expect(policy.direct).toBe(false);
});

it('sites, notices and writes follow the policy', async () => {
  const { mario, admin, params, rule } = await open({
    STAFFETTA_SITES: 'https://one.example,https://two.example',
  });
  await rule({
    sites: { 'https://one.example': { roles: ['admin'] }, 'https://three.example': 'everyone' },
    actions: {
      'fic.notice.receive': nobody,
      ...Object.fromEntries(
        actionIds.filter((id) => actionOf(id).writes).map((id) => [id, { roles: ['admin'] }]),
      ),
    },
  });
  const origins = async (who: Installation) => (await who.call(listSites)).sites.map(({ origin }) => origin);
  expect(await origins(mario)).toEqual(['https://two.example', 'https://three.example']);
  expect((await origins(admin)).toSorted()).toEqual([
    'https://one.example',
    'https://three.example',
    'https://two.example',
  ]);
  const notices = { kinds: ['invoice-paid' as const], companyId: null };
  expect((await mario.refusal(setNotices, { params, input: notices })).code).toBe('blocked-by-admin');
  const claim = { key: 'a'.repeat(64) };
  expect((await mario.refusal(claimWrite, { input: claim })).code).toBe('blocked-by-admin');
  expect((await admin.call(claimWrite, { input: claim })).status).toBe('yours');
});

it('a change holds at every instance from the next call on, and costs a warm call no question more', async () => {
  const options = { database: await sharedDatabase(), vaultKey: randomBytes(32).toString('base64') };
  const [one, two] = [await openRelay(options), await openRelay(options)];
  const admin = await one.join('Ada Neri', { role: 'admin' });
  const mario = await one.join('Mario Rossi');
  const elsewhere = new Installation(two, mario.privateKey, mario.jwk, mario.thumbprint);
  elsewhere.sessionToken = mario.sessionToken;
  await elsewhere.call(listConnections);
  await admin.call(changePolicy, { input: { basedOn: 0, policy: Policy.parse({ direct: {} }) } });
  expect((await elsewhere.call(listConnections)).policy.direct).toBe(false);

  let questions = 0;
  const { get } = two.store;
  two.store.get = (sql, ...values) => {
    questions += 1;
    return get(sql, ...values);
  };
  const connectionId = ConnectionId.parse(`con_${'A'.repeat(22)}`);
  await elsewhere.refusal(createGrant, { params: { connectionId }, input: {} });
  // The session, and the connection.
  expect(questions).toBe(2);
});

it('of two administrators who change it at once one is told that it has changed; each version is kept and written down', async () => {
  const { admin, relay } = await open();
  const input = { basedOn: 0, policy: Policy.parse({}) };
  const second = await relay.join('Bruno Verdi', { role: 'admin' });
  const answers = await Promise.all([admin, second].map((who) => who.request(changePolicy, { input })));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  await admin.call(changePolicy, { input: { ...input, basedOn: 1 } });
  expect(await admin.call(readPolicy)).toMatchObject({ version: 2 });
  expect(await relay.store.all('SELECT version FROM policies ORDER BY version')).toEqual([
    { version: 1 },
    { version: 2 },
  ]);
  const entries = await relay.store.all("SELECT actor_id FROM audit WHERE event = 'policy_changed'");
  expect(entries).toHaveLength(2);
  const mario = await relay.join('Carlo Blu');
  expect((await mario.refusal(changePolicy, { input })).code).toBe('not-admin');
});
