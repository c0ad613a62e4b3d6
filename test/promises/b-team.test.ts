import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { operator } from '../../relay/audit.ts';
import { endInstallations } from '../../relay/people/members.ts';
import { listConnections } from '../../shared/api/connections.ts';
import { openSharedProofMemory } from '../../relay/proof/proof-memory.ts';
import { createSession } from '../../shared/api/sessions.ts';
import { runsOnPostgres, sharedDatabase } from '../postgres/database.ts';
import { handleIn, openRelay, type TestRelay } from '../relay/harness.ts';
import { Installation, refusalIn } from '../relay/installation.ts';
import { runRelay, startRelay, temporaryFolder } from '../relay/process.ts';
import { openTokenEndpoint } from '../relay/token-endpoint.ts';
import { freePort } from '../../scripts/port.ts';

const hourMs = 3_600_000;

/** Two relays on one database, and an installation that is enrolled there. */
async function openPair() {
  const endpoint = await openTokenEndpoint();
  const options = {
    database: await sharedDatabase(),
    vaultKey: randomBytes(32).toString('base64'),
    providerOrigin: endpoint.origin,
  };
  const [one, two] = [await openRelay(options), await openRelay(options)];
  const installation = await one.join();
  const at = (relay: TestRelay): Installation => {
    const moved = new Installation(relay, installation.privateKey, installation.jwk, installation.thumbprint);
    moved.sessionToken = installation.sessionToken;
    moved.nonce = installation.nonce;
    return moved;
  };
  return { one, two, installation, at };
}

const list = { method: 'GET', path: listConnections.path };

test('a login that was begun at one relay is finished at another: no sticky sessions', async () => {
  const { one, two, installation, at } = await openPair();
  const flow = await installation.begin();
  const start = await two.fetch(flow.startUrl);
  expect(start.status).toBe(303);
  const handle = handleIn(await one.callback({ state: flow.state, code: 'c/x' }));
  const other = at(two);
  await other.meet();
  expect((await other.finish(flow, handle)).connection.status).toBe('active');
});

const ownMemory = 'one relay alone serves an embedded database: its memory of used proofs is its own';

test('B2: a proof that one relay has seen is refused by the others', async ({ skip }) => {
  skip(!runsOnPostgres, ownMemory);
  const { one, two, installation, at } = await openPair();
  const proof = await installation.prove(list);
  const send = (relay: TestRelay) => at(relay).send(list, { proof: () => proof });
  expect((await send(one)).status).toBe(200);
  expect(await refusalIn(await send(two))).toMatchObject({ status: 401, code: 'proof-invalid' });
});

test('B2: while the key of the nonces is sealed anew, no proof under way counts as used', async ({
  skip,
}) => {
  skip(!runsOnPostgres, ownMemory);
  const { store, vault, now } = (await openPair()).one;
  let first: Promise<unknown> = Promise.resolve();
  let uses = 0;
  const memory = await openSharedProofMemory(
    {
      ...store,
      async run(sql, ...values) {
        const isSecond = sql.includes('used_proofs') && (uses += 1) === 2;
        const changed = await store.run(sql, ...values);
        if (isSecond) await first;
        return changed;
      },
    },
    vault,
    now,
  );
  const place = { table: 'nonce_keys', row: '1', column: 'sealed', owner: [] };
  const row = await store.get<{ sealed: string }>('SELECT sealed FROM nonce_keys WHERE id = 1');
  const anew = vault.seal(place, vault.open(place, row?.sealed ?? ''));
  await store.run('UPDATE nonce_keys SET sealed = ?', anew);
  // The second hears that it was not stored after the first has loaded the key again.
  first = memory.remember('one').catch((error: unknown) => error);
  const second = memory.remember('two').catch((error: unknown) => error);
  // The key is the same, only written otherwise: neither has to sign again.
  expect(await Promise.all([first, second])).toEqual([true, true]);
  expect(await memory.remember('one')).toBe(false);
  expect(await memory.remember('three')).toBe(true);
});

test('B2: of one proof sent to two relays at once one passes', async ({ skip }) => {
  skip(!runsOnPostgres, ownMemory);
  const { one, two, installation, at } = await openPair();
  for (let round = 0; round < 10; round += 1) {
    const proof = await installation.prove(list);
    const statuses = await Promise.all(
      [one, two].map(async (relay) => (await at(relay).send(list, { proof: () => proof })).status),
    );
    expect(statuses.sort()).toEqual([200, 401]);
  }
});

test('B2: when a crash has emptied the memory of used proofs, none of them passes again', async ({
  skip,
}) => {
  skip(!runsOnPostgres, ownMemory);
  const { one, installation, at } = await openPair();
  const proof = await installation.prove(list);
  expect((await at(one).send(list, { proof: () => proof })).status).toBe(200);
  await one.store.run('TRUNCATE used_proofs, nonce_keys');
  const answer = await at(one).send(list, { proof: () => proof });
  expect(answer.headers.get('www-authenticate')).toContain('use_dpop_nonce');
  // The honest client signs again and goes on.
  const honest = at(one);
  expect((await honest.request(listConnections)).status).toBe(200);
});

test('B6: a nonce of one relay is good at the others', async ({ skip }) => {
  skip(!runsOnPostgres, ownMemory);
  const { two, installation, at } = await openPair();
  expect((await at(two).send(list)).status).toBe(200);
  expect(installation.nonce).toBeDefined();
});

test('B7: a client whose clock is a day off learns the time from the answer, and is served', async () => {
  const folder = temporaryFolder();
  const port = await freePort();
  const environment = { STAFFETTA_DATA_DIR: folder, STAFFETTA_PUBLIC_URL: `http://127.0.0.1:${port}` };
  const { stdout } = await runRelay(['invite', 'Mario Rossi'], environment);
  const relay = await startRelay(port, environment);
  for (const offMs of [24 * hourMs, -24 * hourMs]) {
    let correctedMs = offMs;
    const client = await Installation.create({
      publicUrl: relay.publicUrl,
      now: () => Date.now() + correctedMs,
      fetch: (url, init) => relay.fetch(url, init),
    });
    const first = await client.send({ method: 'POST', path: createSession.path, access: 'proof' });
    expect(await refusalIn(first)).toMatchObject({ code: 'clock' });
    correctedMs += Date.parse(first.headers.get('date') ?? '') - (Date.now() + correctedMs);
    if (offMs > 0) await client.enrol(stdout.trim().split('#')[1] ?? '');
    else expect(await client.refusal(createSession)).toMatchObject({ code: 'not-enrolled' });
  }
});

test('B11: a session ends an hour after its last use, and not before while it is used', async () => {
  const relay = await openRelay();
  const installation = await relay.join();
  for (let uses = 0; uses < 6; uses += 1) {
    relay.clock.advance(hourMs - 1);
    await installation.call(listConnections);
  }
  relay.clock.advance(hourMs);
  expect(await installation.refusal(listConnections)).toMatchObject({ status: 401, code: 'session-expired' });
  // The key alone opens the next one: nobody has to log in.
  await installation.openSession();
  await installation.call(listConnections);
});

test('B11: a session ends after twelve hours however much it is used', async () => {
  const relay = await openRelay();
  const installation = await relay.join();
  for (let minutes = 0; minutes < 12 * 60; minutes += 30) {
    await installation.call(listConnections);
    relay.clock.advance(hourMs / 2);
  }
  expect(await installation.refusal(listConnections)).toMatchObject({ status: 401, code: 'session-expired' });
});

test('B11: an installation that stays away for three months has to be invited again', async () => {
  const relay = await openRelay();
  const installation = await relay.join();
  relay.clock.advance(90 * 24 * hourMs);
  expect(await installation.refusal(createSession)).toMatchObject({ status: 401, code: 'not-enrolled' });
  expect(await relay.store.all('SELECT id FROM installations')).toEqual([]);
});

test('B12: one installation is removed: its next call anywhere is refused, the member’s other one goes on', async () => {
  const { one, two, installation, at } = await openPair();
  const other = await Installation.create(one);
  await other.enrol(await one.inviteAgain(installation));
  await other.openSession();
  const [row] = await one.store.all<{ id: string }>(
    'SELECT id FROM installations WHERE thumbprint = ?',
    installation.thumbprint,
  );
  expect(await endInstallations(one.deps, operator, row?.id ?? '')).toEqual([row?.id]);
  const stale = at(two);
  await stale.meet();
  expect(await stale.refusal(listConnections)).toMatchObject({ status: 401, code: 'session-expired' });
  expect(await stale.refusal(createSession)).toMatchObject({ status: 401, code: 'not-enrolled' });
  await other.call(listConnections);
  expect(await one.audit()).toContain('installation_removed');
});

test('B12: all installations of a member are removed at once, those of others stay', async () => {
  const relay = await openRelay();
  const [mario, anna] = [await relay.join(), await relay.join('Anna Bianchi')];
  const second = await Installation.create(relay);
  await second.enrol(await relay.inviteAgain(mario));
  await second.openSession();
  const row = await relay.store.get<{ member_id: string }>(
    'SELECT member_id FROM installations WHERE thumbprint = ?',
    mario.thumbprint,
  );
  expect(await endInstallations(relay.deps, operator, row?.member_id ?? '')).toHaveLength(2);
  for (const gone of [mario, second]) {
    expect(await gone.refusal(listConnections)).toMatchObject({ code: 'session-expired' });
  }
  await anna.call(listConnections);
  expect(await endInstallations(relay.deps, operator, 'mem_nobody')).toEqual([]);
});

test('B13: a session token in other hands is refused, written down, and its owner is told once', async () => {
  const relay = await openRelay();
  const [owner, thief] = [await relay.join(), await relay.join('Anna Bianchi')];
  thief.sessionToken = owner.sessionToken;
  expect(await thief.refusal(listConnections)).toMatchObject({ status: 401, code: 'proof-invalid' });
  const [entry] = await relay.store.all<Record<string, unknown>>(
    "SELECT event, outcome, installation_id FROM audit WHERE event = 'pop_failure'",
  );
  const own = await relay.store.get<{ id: string }>(
    'SELECT id FROM installations WHERE thumbprint = ?',
    owner.thumbprint,
  );
  expect(entry).toEqual({ event: 'pop_failure', outcome: 'refused', installation_id: own?.id });
  // The session itself still works for its owner.
  await owner.call(listConnections);
  expect((await owner.call(createSession)).misusedAtMs).toBe(relay.now());
  expect((await owner.call(createSession)).misusedAtMs).toBeNull();
});
