import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { settleIntents } from '../../relay/writes/intents.ts';
import { actionOf, actionsOf, actionsWithin } from '../../shared/actions.ts';
import { brokeredPath } from '../../shared/api/broker.ts';
import { deleteConnection, listConnections, type Connection } from '../../shared/api/connections.ts';
import { createGrant } from '../../shared/api/grants.ts';
import { loadStoraEndpoints } from '../conformance/stora-endpoints.ts';
import { stora as description } from '../../shared/providers/stora.ts';
import { locationOf } from './harness.ts';
import type { Installation } from './installation.ts';
import { openWithStora } from './with-stora.ts';

const scopes = ['public.contact:read'];
const contacts = '/2025-09/contacts';

const send = (
  installation: Installation,
  { id }: Pick<Connection, 'id'>,
  path: string,
): Promise<Response> => {
  const [pathname = '', query] = brokeredPath(id, path as `/${string}`).split('?');
  const url = installation.relay.publicUrl + pathname + (query === undefined ? '' : `?${query}`);
  return installation.send({ method: 'GET', path: pathname, access: 'session' }, { url });
};

describe('connecting to Stora', () => {
  it('with PKCE, in JSON, brokered: no browser ever holds a token of it', async () => {
    const { stora, relay, connect, clientSecret } = await openWithStora();
    const installation = await relay.join();
    const connection = await connect(installation, scopes);
    expect(connection).toMatchObject({ providerId: 'stora', accessMode: 'brokered', scopes });
    const token = stora.exchanges.find(({ path }) => path === '/oauth2/token');
    expect(token?.requestBody).toMatchObject({
      grant_type: 'authorization_code',
      client_secret: clientSecret,
    });
    expect(token?.requestBody).toHaveProperty('code_verifier');
    expect((await send(installation, connection, contacts)).status).toBe(200);
    const params = { connectionId: connection.id };
    expect(await installation.refusal(createGrant, { params, input: {} })).toMatchObject({
      code: 'access-brokered',
    });
    const seen = JSON.stringify([relay.answers, relay.log]);
    for (const secret of stora.state.secrets()) expect(seen).not.toContain(secret);
  });

  it('a code that was stolen on the way is worth nothing without the verifier', async () => {
    const { stora, relay } = await openWithStora();
    const installation = await relay.join();
    const flow = await installation.begin({ providerId: 'stora', scopes });
    const authorize = locationOf(await relay.fetch(flow.startUrl));
    expect(authorize.searchParams.get('code_challenge_method')).toBe('S256');
    expect(stora.state.pairs).toEqual([]);
  });

  it.for(['immediate', 'on-first-use'] as const)(
    'refreshes every two hours where the old pair dies %s, and a lost answer costs nothing where it does not die at once',
    async (rotation) => {
      const { stora, relay, connect, advance } = await openWithStora();
      stora.state.switches.rotation = rotation;
      const installation = await relay.join();
      const connection = await connect(installation, scopes);
      for (let round = 0; round < 3; round += 1) {
        advance(7_200_000);
        await installation.openSession();
        expect((await send(installation, connection, contacts)).status).toBe(200);
      }
      expect(stora.state.pairs).toHaveLength(4);
      advance(7_200_000);
      await installation.openSession();
      stora.faults.next('POST /oauth2/token', { loseAnswer: true });
      const response = await send(installation, connection, contacts);
      expect(response.status).toBe(rotation === 'on-first-use' ? 200 : 409);
      const status = rotation === 'on-first-use' ? 'active' : 'interrupted';
      expect((await installation.call(listConnections)).connections).toMatchObject([{ status }]);
    },
  );

  it.for([
    [true, 'revoked'],
    [false, 'unsupported'],
  ] as const)('a disconnect says what came of it: endpoint %s', async ([revocation, said]) => {
    const { stora, relay, connect } = await openWithStora();
    stora.state.switches.revocation = revocation;
    const installation = await relay.join();
    const { id: connectionId } = await connect(installation, scopes);
    const answer = await installation.call(deleteConnection, { params: { connectionId } });
    expect(answer).toEqual({ revocation: said });
    expect(stora.state.pairs.every(({ revoked }) => revoked)).toBe(revocation);
  });

  it.for(['flat', 'enveloped'] as const)('an error of the token endpoint in the %s shape', async (shape) => {
    const { stora, relay, connect, advance } = await openWithStora();
    stora.state.switches.oauthErrors = shape;
    const installation = await relay.join();
    const connection = await connect(installation, scopes);
    for (const { grant } of stora.state.pairs) grant.revoked = true;
    advance(7_200_000);
    await installation.openSession();
    expect(await (await send(installation, connection, contacts)).json()).toMatchObject({ code: 'revoked' });
  });
});

const published = loadStoraEndpoints();

it('every scope of the published table is described, and no other', ({ skip }) => {
  skip(published === null, 'the published table is not here');
  expect(description.scopes.map(({ name }) => name)).toEqual(published?.scopes);
});

/** The call of each endpoint that our actions make, against the published table. */
it('every call of an action stands in the published table, with a scope of that action', ({ skip }) => {
  skip(published === null, 'the published table is not here');
  for (const id of actionsOf('stora')) {
    const { endpoints, scopes: own } = actionOf(id);
    for (const { method, path } of endpoints) {
      const operation = published?.operations.find((one) => one.method === method && one.path === path);
      expect(operation, `${id}: ${method} ${path}`).toBeDefined();
      // The expanded objects' scopes stand beside it; unit allocations rest on the published list of scopes alone.
      if (operation?.scope != null) expect(own, `${id}: ${path}`).toContain(operation.scope);
    }
  }
});

const timeline = {
  STAFFETTA_STORA_TIMELINE_SOURCE: 'tsrc_0123456789abcdef',
  STAFFETTA_STORA_TIMELINE_TEMPLATE: 'aetpl_0123456789abcdef',
};
const writing = ['public.contact:read', 'public.note:write', 'public.timeline_event:write'];

async function openWriting() {
  const world = await openWithStora({ environment: timeline });
  const installation = await world.relay.join();
  const connection = await world.connect(installation, writing);
  const [contact] = world.stora.state.list('contacts');
  const note = (key: string): Promise<Response> =>
    installation.send(
      {
        method: 'POST',
        path: brokeredPath(connection.id, '/2025-09/notes'),
        body: JSON.stringify({ content: 'Ha chiamato', resource: { id: contact?.id } }),
        access: 'session',
      },
      { headers: { 'Idempotency-Key': key } },
    );
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 8; round += 1) {
      world.advance(31_000);
      await installation.openSession();
      await settleIntents(world.relay.deps);
    }
  };
  return { ...world, installation, connection, contact, note, settle };
}

describe('every write leaves its event on the timeline, both exactly once', () => {
  it('in the ordinary case, however often it is pressed', async () => {
    const { stora, relay, note, settle, contact } = await openWriting();
    const key = randomUUID();
    const statuses = await Promise.all([note(key), note(key)]);
    expect(statuses.filter(({ ok }) => ok).length).toBeGreaterThan(0);
    await settle();
    expect(stora.state.list('notes')).toHaveLength(1);
    expect(stora.state.list('timeline/events')).toMatchObject([
      {
        source: { id: timeline.STAFFETTA_STORA_TIMELINE_SOURCE },
        contact: { id: contact?.id },
        external: { id: key },
        description: expect.stringContaining('via Staffetta') as string,
      },
    ]);
    expect(await relay.store.all('SELECT id FROM intents')).toEqual([]);
  });

  it.for([
    ['the answer to the write is lost', 'POST /2025-09/notes', 1],
    ['the write never arrives', 'POST /2025-09/notes', 2],
    ['the answer to the event is lost', 'POST /2025-09/timeline/events', 1],
    ['Stora has a fault at the event', 'POST /2025-09/timeline/events', 3],
  ] as const)('%s', async ([, route, kind]) => {
    const { stora, relay, note, settle } = await openWriting();
    const fault = [{}, { loseAnswer: true }, { reset: true }, { status: 503, body: {} }][kind] ?? {};
    stora.faults.next(route, fault);
    await note(randomUUID());
    await settle();
    expect(stora.state.list('notes')).toHaveLength(1);
    expect(stora.state.list('timeline/events')).toHaveLength(1);
    expect(await relay.store.all('SELECT id FROM intents')).toEqual([]);
  });

  it('a relay that dies between the two is finished by another on the same database', async () => {
    const { stora, relay, note, settle } = await openWriting();
    // Dead after the write: nothing that comes after it happens.
    const { run } = relay.store;
    relay.store.run = (sql, ...values) =>
      sql.includes("SET status = 'written'") ? Promise.reject(new Error('dead')) : run(sql, ...values);
    await note(randomUUID());
    relay.store.run = run;
    expect(stora.state.list('timeline/events')).toEqual([]);
    await settle();
    expect(stora.state.list('notes')).toHaveLength(1);
    expect(stora.state.list('timeline/events')).toHaveLength(1);
  });

  it('a refusal ends it: no event, and the next attempt with a new key is a new one', async () => {
    const { stora, relay, note, settle } = await openWriting();
    stora.faults.next('POST /2025-09/notes', {
      status: 500,
      body: { error: { code: 'internal_server_error' } },
    });
    expect((await note(randomUUID())).status).toBe(500);
    await settle();
    expect(stora.state.list('timeline/events')).toEqual([]);
    expect((await note(randomUUID())).status).toBe(201);
    await settle();
    expect(stora.state.list('timeline/events')).toHaveLength(1);
    expect(await relay.store.all('SELECT id FROM intents')).toEqual([]);
  });

  it('a write that its member was told is not done is not done later', async () => {
    const { stora, relay, note, settle } = await openWriting();
    for (let count = 0; count < 60; count += 1) stora.state.calls.push(stora.clock.now());
    const refused = await note(randomUUID());
    expect(refused.status).toBe(429);
    expect((await note(randomUUID())).status).toBe(429);
    stora.state.calls.length = 0;
    await settle();
    expect(stora.state.list('notes')).toEqual([]);
    expect(await relay.store.all('SELECT id FROM intents')).toEqual([]);
  });

  it('without a key, or where the team has no source for events, nothing is written', async () => {
    const { installation, connection } = await openWriting();
    const path = brokeredPath(connection.id, '/2025-09/notes');
    const bare = await installation.send({ method: 'POST', path, body: '{}', access: 'session' });
    expect(await bare.json()).toMatchObject({ code: 'request-invalid', fields: ['Idempotency-Key'] });
    const other = await openWithStora();
    const { scopes: most } = other.relay.config.providers.get('stora') ?? { scopes: [] };
    expect(most).not.toContain('public.timeline_event:write');
    expect(actionsWithin(description, most).filter((id) => actionOf(id).writes)).toEqual([]);
  });
});

it('a call that Stora refuses for its number is made when there is room, if that is soon', async () => {
  const { stora, relay, installation, connection } = await openWriting();
  const startedAt = performance.now();
  const { now: began } = relay.clock;
  Object.defineProperty(relay.clock, 'now', { get: () => began + Math.round(performance.now() - startedAt) });
  const reset = String(Math.ceil(began / 1000) + 1);
  const refusal = { status: 429, headers: { 'RateLimit-Reset': reset }, body: {} };
  stora.faults.next(`GET ${contacts}`, refusal);
  expect((await send(installation, connection, contacts)).status).toBe(200);
});

it('what is read twice within seconds is asked once; a write is seen at once', async () => {
  const { stora, installation, connection, note } = await openWriting();
  const asked = (): number => stora.exchanges.filter(({ path }) => path === contacts).length;
  await send(installation, connection, contacts);
  const before = asked();
  const again = await send(installation, connection, contacts);
  expect(again.headers.get('content-type')).toContain('application/json');
  expect(asked()).toBe(before);
  await note(randomUUID());
  await send(installation, connection, contacts);
  expect(asked()).toBe(before + 1);
});
