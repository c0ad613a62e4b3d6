import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Driver } from '../../../relay/store/driver.ts';
import { migrations } from '../../../relay/store/migrations/registry.ts';
import { openSqlite } from '../../../relay/store/sqlite.ts';
import { Failure } from '../../../shared/failure.ts';
import { temporaryFolder } from '../process.ts';

/** A database with one empty table of numbers. */
async function openNumbers(): Promise<Driver> {
  const driver = openSqlite(':memory:');
  onTestFinished(() => driver.close());
  await driver.run('CREATE TABLE numbers (number INTEGER PRIMARY KEY) STRICT');
  return driver;
}

const add = (statements: Pick<Driver, 'run'>, number: number): Promise<number> =>
  statements.run('INSERT INTO numbers (number) VALUES (?)', number);

const numbersIn = async (statements: Pick<Driver, 'all'>): Promise<number[]> =>
  (await statements.all<{ number: number }>('SELECT number FROM numbers ORDER BY number')).map(
    ({ number }) => number,
  );

/** Lets everything that is ready run. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('statements answer rows, no row, and the number of rows changed', async () => {
  const driver = await openNumbers();
  expect(await add(driver, 1)).toBe(1);
  expect(await driver.get('SELECT number FROM numbers WHERE number = ?', 1)).toEqual({ number: 1 });
  expect(await driver.get('SELECT number FROM numbers WHERE number = ?', 2)).toBeUndefined();
  expect(await driver.run('DELETE FROM numbers WHERE number = ?', 2)).toBe(0);
});

test('a transaction answers what its work answers, and what it wrote stays', async () => {
  const driver = await openNumbers();
  const answer = await driver.transaction(async (statements) => {
    await add(statements, 1);
    return 'done';
  });
  expect(answer).toBe('done');
  expect(await numbersIn(driver)).toEqual([1]);
});

test('a transaction whose work fails leaves nothing, and the next one works', async () => {
  const driver = await openNumbers();
  const failing = driver.transaction(async (statements) => {
    await add(statements, 1);
    await turn();
    throw new Error('refused');
  });
  await expect(failing).rejects.toThrow('refused');
  expect(await numbersIn(driver)).toEqual([]);
  await driver.transaction((statements) => add(statements, 2));
  expect(await numbersIn(driver)).toEqual([2]);
});

test('a statement that fails inside a transaction undoes the ones before it', async () => {
  const driver = await openNumbers();
  const failing = driver.transaction(async (statements) => {
    await add(statements, 1);
    await add(statements, 1);
  });
  await expect(failing).rejects.toThrow('UNIQUE');
  expect(await numbersIn(driver)).toEqual([]);
});

test('two transactions begun at the same instant run one after the other', async () => {
  const driver = await openNumbers();
  const order: string[] = [];
  const work = (name: string, number: number) =>
    driver.transaction(async (statements) => {
      order.push(`${name} begins`);
      await add(statements, number);
      await turn();
      order.push(`${name} ends`);
    });
  await Promise.all([work('first', 1), work('second', 2)]);
  expect(order).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  expect(await numbersIn(driver)).toEqual([1, 2]);
});

test('many transactions that wait for the same one run one after the other', async () => {
  const driver = await openNumbers();
  let inside = 0;
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, number) =>
      driver.transaction(async (statements) => {
        inside += 1;
        expect(inside).toBe(1);
        await add(statements, number);
        await turn();
        inside -= 1;
        if (number % 3 === 0) throw new Error('refused');
      }),
    ),
  );
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(7);
  expect(await numbersIn(driver)).toEqual(
    Array.from({ length: 20 }, (_, number) => number).filter((number) => number % 3 !== 0),
  );
});

test("other callers' statements wait: they neither see nor join a transaction", async () => {
  const driver = await openNumbers();
  const outcome = await Promise.allSettled([
    driver.transaction(async (statements) => {
      await add(statements, 1);
      await turn();
      throw new Error('refused');
    }),
    add(driver, 2),
    numbersIn(driver),
    driver.transaction((statements) => add(statements, 3)),
    add(driver, 4),
    driver.transaction(async (statements) => {
      await add(statements, 5);
      await turn();
      throw new Error('refused');
    }),
    add(driver, 6),
  ]);
  expect(outcome.map(({ status }) => status)).toEqual([
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
  ]);
  expect(await numbersIn(driver)).toEqual([2, 3, 4, 6]);
});

test('a statement that waited for one transaction does not slip into the next', async () => {
  const driver = await openNumbers();
  for (let round = 0; round < 20; round += 1) {
    const failing = (number: number) =>
      driver.transaction(async (statements) => {
        await add(statements, number);
        await turn();
        throw new Error('refused');
      });
    await Promise.allSettled([failing(1000), failing(1001), add(driver, round), failing(1002)]);
  }
  expect(await numbersIn(driver)).toEqual(Array.from({ length: 20 }, (_, round) => round));
});

test('closing waits for the transaction in progress', async () => {
  const driver = openSqlite(join(temporaryFolder(), 'relay.sqlite'));
  const work = driver.transaction(async (statements) => {
    await turn();
    await statements.run("INSERT INTO members (id, name, created_at_ms) VALUES ('mem_1', 'Mario Rossi', 0)");
  });
  await Promise.all([work, driver.close()]);
});

test('two drivers on one file see each other’s commits, and migrate it once', async () => {
  const file = join(temporaryFolder(), 'relay.sqlite');
  const [one, two] = [openSqlite(file), openSqlite(file)];
  await one.run("INSERT INTO members (id, name, created_at_ms) VALUES ('mem_1', 'Mario Rossi', 0)");
  expect(await two.all('SELECT name FROM members')).toEqual([{ name: 'Mario Rossi' }]);
  expect(await two.all('SELECT id FROM migrations')).toEqual(migrations.map(({ id }) => ({ id })));
  await Promise.all([one.close(), two.close()]);
});

test('what was committed is there after opening again', async () => {
  const file = join(temporaryFolder(), 'relay.sqlite');
  const first = openSqlite(file);
  await first.run("INSERT INTO members (id, name, created_at_ms) VALUES ('mem_1', 'Mario Rossi', 0)");
  await first.close();
  const second = openSqlite(file);
  expect(await second.all('SELECT id FROM members')).toEqual([{ id: 'mem_1' }]);
  await second.close();
});

test('a file that cannot be opened, or is no database, is storage-unavailable', async () => {
  expect(() => openSqlite(join(temporaryFolder(), 'no', 'such', 'folder.sqlite'))).toThrow(
    'storage-unavailable',
  );
  expect(() => openSqlite(import.meta.filename)).toThrow('storage-unavailable');
});

test('a write without the right to write is storage-unavailable, and reading goes on', async () => {
  const file = join(temporaryFolder(), 'relay.sqlite');
  await openSqlite(file).close();
  const driver = openSqlite(file, { readOnly: true });
  await expect(driver.run('DELETE FROM members')).rejects.toThrow('storage-unavailable');
  await expect(driver.transaction((statements) => statements.run('DELETE FROM members'))).rejects.toThrow(
    'storage-unavailable',
  );
  expect(await driver.all('SELECT id FROM members')).toEqual([]);
  await driver.close();
});

test('foreign keys are kept: nothing belongs to a member who is not there', async () => {
  const driver = await openNumbers();
  await expect(
    driver.run(
      "INSERT INTO invites (code_hash, member_id, created_at_ms, expires_at_ms) VALUES ('x', 'mem_1', 0, 0)",
    ),
  ).rejects.toThrow('FOREIGN KEY');
});

test('50 callers that read, think and write lose no update', async () => {
  const driver = await openNumbers();
  await add(driver, 0);
  const increment = () =>
    driver.transaction(async (statements) => {
      const row = await statements.get<{ number: number }>('SELECT number FROM numbers');
      await turn();
      await statements.run('UPDATE numbers SET number = ?', (row?.number ?? 0) + 1);
    });
  await Promise.all(Array.from({ length: 50 }, increment));
  expect(await numbersIn(driver)).toEqual([50]);
});

test('a wrong statement is a mistake of ours, not a database that is away', async () => {
  const driver = await openNumbers();
  await add(driver, 1);
  for (const sql of ['SELECT * FROM nowhere', 'no sql', 'INSERT INTO numbers (number) VALUES (1)']) {
    await expect(driver.run(sql), sql).rejects.not.toBeInstanceOf(Failure);
  }
});

test('commits are durable, and what is erased is overwritten', async () => {
  const driver = openSqlite(join(temporaryFolder(), 'relay.sqlite'));
  expect(await driver.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
  expect(await driver.get('PRAGMA synchronous')).toEqual({ synchronous: 2 });
  expect(await driver.get('PRAGMA secure_delete')).toEqual({ secure_delete: 1 });
  await driver.close();
});
