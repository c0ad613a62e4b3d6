import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Driver } from '../../relay/store/driver.ts';
import { openSqlite } from '../../relay/store/sqlite.ts';
import { Failure } from '../../shared/failure.ts';
import { temporaryFolder } from './process.ts';

/** A store with one table of numbers beside the product's own. */
async function openNumbers(file = ':memory:'): Promise<Driver> {
  const store = openSqlite(file);
  onTestFinished(() => store.close());
  await store.run('CREATE TABLE IF NOT EXISTS numbers (value INTEGER NOT NULL UNIQUE) STRICT');
  return store;
}

const add = 'INSERT INTO numbers (value) VALUES (?)';
const numbersIn = async (store: Pick<Driver, 'all'>): Promise<number[]> =>
  (await store.all<{ value: number }>('SELECT value FROM numbers ORDER BY value')).map(({ value }) => value);

/** A transaction that has written `value` and waits for the test to end it. */
function holdTransaction(store: Driver, value: number) {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const ended = store.transaction(async (statements) => {
    await statements.run(add, value);
    begun.resolve();
    await gate.promise;
    await statements.run(add, value + 1);
    return value;
  });
  return { begun: begun.promise, commit: gate.resolve, fail: gate.reject, ended };
}

test('a statement of another caller waits for a transaction and is not undone with it', async () => {
  const store = await openNumbers();
  const held = holdTransaction(store, 1);
  await held.begun;
  const order: string[] = [];
  const written = store.run(add, 10).then(() => order.push('write'));
  const read = numbersIn(store).then((numbers) => {
    order.push('read');
    return numbers;
  });
  const reason = new Error('undone');
  const undone = expect(held.ended.finally(() => order.push('transaction'))).rejects.toBe(reason);
  held.fail(reason);
  await Promise.all([undone, written]);
  expect(order[0]).toBe('transaction');
  expect(await read).not.toContain(1);
  expect(await numbersIn(store)).toEqual([10]);
});

test('nobody reads what a transaction has not committed', async () => {
  const store = await openNumbers();
  const held = holdTransaction(store, 1);
  await held.begun;
  const reads = Promise.all(Array.from({ length: 5 }, () => numbersIn(store)));
  held.commit();
  expect(await held.ended).toBe(1);
  for (const numbers of await reads) expect(numbers).toEqual([1, 2]);
});

test('transactions run one after the other, in the order they were asked for', async () => {
  const store = await openNumbers();
  const held = holdTransaction(store, 1);
  await held.begun;
  const seen: number[][] = [];
  const others = [5, 6, 7].map((value) =>
    store.transaction(async (statements) => {
      seen.push(await numbersIn(statements));
      await statements.run(add, value);
    }),
  );
  held.commit();
  await Promise.all([held.ended, ...others]);
  expect(seen).toEqual([
    [1, 2],
    [1, 2, 5],
    [1, 2, 5, 6],
  ]);
});

test('a failed transaction leaves nothing, passes its reason on, and does not stop the next', async () => {
  const store = await openNumbers();
  const reason = new Failure('not-found');
  const failing = store.transaction(async (statements) => {
    await statements.run(add, 1);
    throw reason;
  });
  const next = store.transaction((statements) => statements.run(add, 2));
  await expect(failing).rejects.toBe(reason);
  expect(await next).toBe(1);
  expect(await numbersIn(store)).toEqual([2]);
});

test('a statement that fails inside a transaction undoes the ones before it', async () => {
  const store = await openNumbers();
  await store.run(add, 2);
  const held = holdTransaction(store, 1);
  held.commit();
  await expect(held.ended).rejects.toThrow(/UNIQUE/);
  expect(await numbersIn(store)).toEqual([2]);
});

test('a wrong statement is a mistake of ours, not a database that is away', async () => {
  const store = await openNumbers();
  await store.run(add, 1);
  for (const sql of ['SELECT * FROM nowhere', 'no sql', `INSERT INTO numbers (value) VALUES (1)`]) {
    await expect(store.run(sql), sql).rejects.not.toBeInstanceOf(Failure);
  }
});

test('50 callers that read, think and write lose no update', async () => {
  const store = await openNumbers();
  await store.run(add, 0);
  const increment = () =>
    store.transaction(async (statements) => {
      const row = await statements.get<{ value: number }>('SELECT value FROM numbers');
      await new Promise<void>((resolve) => setImmediate(resolve));
      await statements.run('UPDATE numbers SET value = ?', (row?.value ?? 0) + 1);
    });
  await Promise.all(Array.from({ length: 50 }, increment));
  expect(await numbersIn(store)).toEqual([50]);
});

test('run answers how many rows it changed', async () => {
  const store = await openNumbers();
  for (const value of [1, 2, 3]) expect(await store.run(add, value)).toBe(1);
  expect(await store.run('DELETE FROM numbers WHERE value > ?', 1)).toBe(2);
  expect(await store.run('DELETE FROM numbers WHERE value > ?', 1)).toBe(0);
});

test('closing waits for a transaction in progress', async () => {
  const file = join(temporaryFolder(), 'relay.sqlite');
  const store = openSqlite(file);
  await store.run('CREATE TABLE numbers (value INTEGER NOT NULL UNIQUE) STRICT');
  const held = holdTransaction(store, 1);
  await held.begun;
  const closed = store.close();
  held.commit();
  await Promise.all([held.ended, closed]);
  expect(await numbersIn(await openNumbers(file))).toEqual([1, 2]);
});

test('a database opened again keeps what it held, and two openings see each other', async () => {
  const file = join(temporaryFolder(), 'relay.sqlite');
  const first = await openNumbers(file);
  await first.run(add, 1);
  const second = await openNumbers(file);
  await second.run(add, 2);
  expect(await numbersIn(first)).toEqual([1, 2]);
  const applied = await second.all('SELECT id FROM migrations');
  expect(applied).toEqual(await first.all('SELECT id FROM migrations'));
});

test('commits are durable and erased content is overwritten', async () => {
  const store = await openNumbers(join(temporaryFolder(), 'relay.sqlite'));
  expect(await store.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
  expect(await store.get('PRAGMA synchronous')).toEqual({ synchronous: 2 });
  expect(await store.get('PRAGMA secure_delete')).toEqual({ secure_delete: 1 });
  expect(await store.get('PRAGMA foreign_keys')).toEqual({ foreign_keys: 1 });
});

test('a file that is no database, a folder, and a place that does not exist are unavailable', () => {
  const folder = temporaryFolder();
  const other = join(folder, 'other.sqlite');
  writeFileSync(other, 'this is not a database, and long enough to be looked at '.repeat(20));
  for (const file of [other, folder, join(folder, 'absent', 'relay.sqlite')]) {
    expect(() => openSqlite(file), file).toThrow(
      expect.objectContaining({ code: 'storage-unavailable' }) as Error,
    );
  }
});
