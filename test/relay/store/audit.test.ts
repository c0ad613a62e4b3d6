import { expect, test } from 'vitest';
import { findEntries, type AuditFilter } from '../../../relay/store/audit.ts';
import { openRelay } from '../harness.ts';

/** A log of one day with an entry every second; every tenth is of Anna, of whom Ada changes every hundredth. */
async function openLog() {
  const relay = await openRelay();
  const { audit } = relay.deps;
  for (let count = 1; count <= 200; count += 1) {
    await audit.record({
      event: count % 100 === 0 ? 'member_changed' : 'grant_issued',
      memberId: count % 10 === 0 ? 'mem_Anna' : 'mem_Mario',
      actorId: count % 100 === 0 ? 'mem_Ada' : undefined,
      connectionId: `con_${count}`,
      requestId: `Req-${count}_%`,
    });
    relay.clock.advance(1_000);
  }
  const find = async (filter: Partial<AuditFilter>): Promise<number[]> =>
    (await findEntries(relay.store, { limit: 3, ...filter })).map(({ sequence }) => sequence);
  return { relay, find };
}

test('entries are found by any of what is known of them, and by all of it at once, newest first', async () => {
  const { relay, find } = await openLog();
  const startMs = relay.now() - 200_000;
  expect(await find({})).toEqual([200, 199, 198]);
  expect(await find({ before: 3 })).toEqual([2, 1]);
  expect(await find({ memberId: 'mem_Anna' })).toEqual([200, 190, 180]);
  expect(await find({ memberId: 'mem_Ada' })).toEqual([200, 100]);
  expect(await find({ connectionId: 'con_7' })).toEqual([7]);
  expect(await find({ event: 'member_changed', memberId: 'mem_Anna', before: 200 })).toEqual([100]);
  expect(await find({ sinceMs: startMs + 3_000, untilMs: startMs + 5_000 })).toEqual([5, 4]);
  expect(await find({ event: 'no_such', text: 'con_7' })).toEqual([]);
});

test('part of an id is found in small letters and capitals, and what stands for anything in a pattern stands for itself', async () => {
  const { find } = await openLog();
  expect(await find({ text: 'REQ-117' })).toEqual([117]);
  expect(await find({ text: 'req-117_%' })).toEqual([117]);
  expect(await find({ text: 'MEM_aNN', before: 50 })).toEqual([40, 30, 20]);
  for (const text of ['req_117', 'req%117', 'Req-117__', String.raw`Req-117\_%`]) {
    expect(await find({ text }), text).toEqual([]);
  }
});

test('a search by member or event reads an index, not the whole log', async ({ skip }) => {
  const { relay } = await openLog();
  skip(relay.store.kind !== 'sqlite', 'PostgreSQL plans by what is in the tables');
  const planOf = async (filter: Partial<AuditFilter>): Promise<string> => {
    let plan: Array<{ detail: string }> = [];
    const { all } = relay.store;
    await findEntries(
      {
        ...relay.store,
        all: async (sql, ...values) => {
          plan = await all(`EXPLAIN QUERY PLAN ${sql}`, ...values);
          return [];
        },
      },
      { limit: 25, ...filter },
    );
    return plan.map(({ detail }) => detail).join('\n');
  };
  expect(await planOf({ event: 'member_changed' })).toContain('SEARCH audit USING INDEX audit_by_event');
  const byMember = await planOf({ memberId: 'mem_Ada' });
  expect(byMember).toContain('audit_by_member');
  expect(byMember).toContain('audit_by_actor');
});
