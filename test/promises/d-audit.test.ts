import { describe, expect, test } from 'vitest';
import { verifyAudit } from '../../relay/audit.ts';
import { deleteConnection } from '../../shared/api/connections.ts';
import { createGrant } from '../../shared/api/grants.ts';
import { openRelay, type TestRelay } from '../relay/harness.ts';
import { openTokenEndpoint } from '../relay/token-endpoint.ts';

/** A relay with an ordinary day behind it: a login, grants, a refresh, a disconnect. */
async function openWorked() {
  const endpoint = await openTokenEndpoint();
  const relay = await openRelay({ providerOrigin: endpoint.origin });
  const installation = await relay.join();
  const { connection } = await relay.connect(installation);
  const params = { connectionId: connection.id };
  await installation.call(createGrant, { params, input: {} });
  relay.clock.advance(86_400_000);
  await installation.openSession();
  await installation.call(createGrant, { params, input: {} });
  await installation.call(createGrant, { params, input: {} });
  await installation.call(deleteConnection, { params });
  return { relay, endpoint, connectionId: connection.id };
}

const verify = (relay: TestRelay, notedHead?: string) => verifyAudit(relay.deps, notedHead);

test('D10: the trail of a connection says who, what, when and from where; tokens stand in it as keyed hashes', async () => {
  const { relay, endpoint, connectionId } = await openWorked();
  const rows = await relay.store.all<Record<string, unknown>>(
    'SELECT * FROM audit WHERE connection_id = ? ORDER BY sequence',
    connectionId,
  );
  expect(rows.map(({ event }) => event)).toEqual([
    'connection_made',
    'grant_issued',
    'refresh_started',
    'connection_refreshed',
    'grant_issued',
    'connection_erased',
  ]);
  for (const row of rows) {
    expect(row['at_ms']).toBeGreaterThan(0);
    expect(row['member_id']).toMatch(/^mem_/);
    expect(row['installation_id']).toMatch(/^ins_/);
    expect(row['request_id']).toMatch(/^[\w-]{16}$/);
  }
  // The same token has the same hash, and another token another one.
  const hashes = rows.map((row) => row['token_hash']);
  expect(hashes[1]).toBe(hashes[0]);
  expect(hashes[4]).toBe(hashes[3]);
  expect(hashes[3]).not.toBe(hashes[0]);
  const text = JSON.stringify(rows);
  for (const secret of endpoint.secrets) expect(text).not.toContain(secret);
});

describe('the log is chained', () => {
  test('an untouched log is whole, and its head can be noted and met again later', async () => {
    const { relay } = await openWorked();
    const verdict = await verify(relay);
    if (!verdict.isWhole) throw new Error('not whole');
    expect(verdict.entries).toBe((await relay.audit()).length);
    await relay.join('Anna Bianchi');
    expect(await verify(relay, verdict.head)).toMatchObject({ isWhole: true });
  });

  test.for([
    {
      name: 'an altered event',
      sql: "UPDATE audit SET event = 'grant_issued' WHERE sequence = 3",
      sequence: 3,
    },
    { name: 'an altered time', sql: 'UPDATE audit SET at_ms = at_ms + 1 WHERE sequence = 4', sequence: 4 },
    { name: 'another member', sql: "UPDATE audit SET member_id = 'mem_x' WHERE sequence = 2", sequence: 2 },
    {
      name: 'an erased token hash',
      sql: 'UPDATE audit SET token_hash = NULL WHERE sequence = 5',
      sequence: 5,
    },
    {
      name: 'somebody named who did not do it',
      sql: "UPDATE audit SET actor_id = 'mem_x' WHERE sequence = 2",
      sequence: 2,
    },
    {
      name: 'who did it taken out',
      sql: 'UPDATE audit SET actor_id = NULL WHERE sequence = 1',
      sequence: 1,
    },
    { name: 'a removed entry', sql: 'DELETE FROM audit WHERE sequence = 4', sequence: 4 },
    { name: 'the first entry removed', sql: 'DELETE FROM audit WHERE sequence = 1', sequence: 1 },
  ])('$name is found, with its place', async ({ sql, sequence }) => {
    const { relay } = await openWorked();
    expect(await relay.store.run(sql)).toBe(1);
    expect(await verify(relay)).toMatchObject({ isWhole: false, sequence });
  });

  test('two entries that changed places are found', async () => {
    const { relay } = await openWorked();
    await relay.store.run('UPDATE audit SET sequence = -3 WHERE sequence = 3');
    await relay.store.run('UPDATE audit SET sequence = 3 WHERE sequence = 4');
    await relay.store.run('UPDATE audit SET sequence = 4 WHERE sequence = -3');
    expect(await verify(relay)).toMatchObject({ isWhole: false, sequence: 3, fault: 'altered' });
  });

  test('the newest entries cut off are found by the head, and the head set back by a noted one', async () => {
    const { relay } = await openWorked();
    const whole = await verify(relay);
    if (!whole.isWhole) throw new Error('not whole');
    const last = whole.entries;
    await relay.store.run('DELETE FROM audit WHERE sequence = ?', last);
    expect(await verify(relay)).toMatchObject({ isWhole: false, sequence: last, fault: 'cut-off' });
    await relay.store.run(
      'UPDATE audit_head SET sequence = ?, hash = (SELECT hash FROM audit WHERE sequence = ?)',
      last - 1,
      last - 1,
    );
    expect(await verify(relay)).toMatchObject({ isWhole: true });
    expect(await verify(relay, whole.head)).toMatchObject({ isWhole: false, fault: 'cut-off' });
  });

  test('a chain that somebody computed without the key is found', async () => {
    const { relay } = await openWorked();
    await relay.store.run("UPDATE audit SET event = 'x', hash = 'AAAA' WHERE sequence = 2");
    expect(await verify(relay)).toMatchObject({ isWhole: false, sequence: 2 });
  });

  test('many callers at once share commits and still make one chain', async () => {
    const relay = await openRelay();
    await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        index % 3 === 0
          ? relay.store.transaction((statements) =>
              relay.deps.audit.recordIn(statements, { event: 'invite_refused', outcome: 'refused' }),
            )
          : relay.deps.audit.record({ event: 'state_unknown', outcome: 'refused' }),
      ),
    );
    expect(await verify(relay)).toMatchObject({ isWhole: true, entries: 300 });
  });

  test('while a long log is verified the relay goes on with everything else', async () => {
    const { relay } = await openWorked();
    const notes = Array.from({ length: 3_000 }, () => ({ event: 'state_unknown' }) as const);
    await Promise.all(notes.map((note) => relay.deps.audit.record(note)));
    let turns = 0;
    let isDone = false;
    const turn = (): void => {
      turns += 1;
      if (!isDone) setImmediate(turn);
    };
    setImmediate(turn);
    expect(await verify(relay)).toMatchObject({ isWhole: true });
    isDone = true;
    expect(turns).toBeGreaterThanOrEqual(3);
  });
});

test('D7: what cannot be written down does not happen: the token is not handed out', async () => {
  const endpoint = await openTokenEndpoint();
  const relay = await openRelay({ providerOrigin: endpoint.origin });
  const installation = await relay.join();
  const { connection } = await relay.connect(installation);
  const request = { params: { connectionId: connection.id }, input: {} };
  await relay.store.run('DROP TABLE audit');
  expect(await installation.refusal(createGrant, request)).toMatchObject({ status: 500, code: 'internal' });
  expect(await installation.refusal(deleteConnection, { params: request.params })).toMatchObject({
    status: 500,
  });
  // The disconnect was one transaction with its entry: the connection is still there.
  expect(await relay.store.all('SELECT id FROM connections')).toHaveLength(1);
});
