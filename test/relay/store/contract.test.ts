import { describe, expect, onTestFinished, test } from 'vitest';
import { Failure } from '../../../shared/failure.ts';
import { migrateStore } from '../../../relay/cli/migrate-store.ts';
import type { Driver } from '../../../relay/store/driver.ts';
import { migrations } from '../../../relay/store/migrations/registry.ts';
import { openPostgres } from '../../../relay/store/postgres.ts';
import { openSqlite } from '../../../relay/store/sqlite.ts';
import { createDatabase, runsOnPostgres } from '../../postgres/database.ts';

/** Rows without the prototype that one library gives them and the other does not. */
const plain = (rows: unknown): unknown => JSON.parse(JSON.stringify(rows));

/** A fresh database of the kind that this run is about. */
async function openFresh(): Promise<Driver> {
  const driver = runsOnPostgres ? await openPostgres(await createDatabase()) : openSqlite(':memory:');
  onTestFinished(() => driver.close());
  return driver;
}

const addMember = (statements: Pick<Driver, 'run'>, id: string): Promise<number> =>
  statements.run(
    'INSERT INTO members (id, name, created_at_ms) VALUES (?, ?, ?)',
    id,
    'Mario Rossi',
    2 ** 45,
  );

const idsIn = async (statements: Pick<Driver, 'all'>): Promise<string[]> =>
  (await statements.all<{ id: string }>('SELECT id FROM members ORDER BY id')).map(({ id }) => id);

describe('what both databases promise', () => {
  test('statements answer rows, no row, and the number of rows changed; large whole numbers come back as they went', async () => {
    const driver = await openFresh();
    expect(await addMember(driver, 'mem_1')).toBe(1);
    expect(await driver.get('SELECT * FROM members WHERE id = ?', 'mem_1')).toEqual({
      id: 'mem_1',
      name: 'Mario Rossi',
      created_at_ms: 2 ** 45,
      role: 'member',
      group_names: '[]',
    });
    expect(await driver.get('SELECT * FROM members WHERE id = ?', 'mem_2')).toBeUndefined();
    expect(await driver.run('DELETE FROM members WHERE id = ?', 'mem_2')).toBe(0);
    expect(await driver.get('SELECT count(*) AS count FROM members')).toEqual({ count: 1 });
  });

  test('a transaction answers what its work answers, and is whole or not at all', async () => {
    const driver = await openFresh();
    expect(await driver.transaction(async (statements) => addMember(statements, 'mem_1'))).toBe(1);
    const failing = driver.transaction(async (statements) => {
      await addMember(statements, 'mem_2');
      throw new Error('refused');
    });
    await expect(failing).rejects.toThrow('refused');
    expect(await idsIn(driver)).toEqual(['mem_1']);
  });

  test('a statement that fails in a transaction undoes the ones before it', async () => {
    const driver = await openFresh();
    const failing = driver.transaction(async (statements) => {
      await addMember(statements, 'mem_1');
      await addMember(statements, 'mem_1');
    });
    await expect(failing).rejects.toThrow();
    expect(await idsIn(driver)).toEqual([]);
  });

  test('of many that compare and set at once exactly one wins', async () => {
    const driver = await openFresh();
    await addMember(driver, 'mem_1');
    const changes = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        driver.run(
          'UPDATE members SET name = ? WHERE id = ? AND name = ?',
          `winner ${index}`,
          'mem_1',
          'Mario Rossi',
        ),
      ),
    );
    expect(changes.reduce((sum, count) => sum + count, 0)).toBe(1);
  });

  test('50 transactions that add and count lose nothing', async () => {
    const driver = await openFresh();
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        driver.transaction((statements) => addMember(statements, `mem_${index}`)),
      ),
    );
    expect(await idsIn(driver)).toHaveLength(50);
  });

  test('nothing belongs to a member who is not there, and with a member all that was theirs goes', async () => {
    const driver = await openFresh();
    const invite =
      'INSERT INTO invites (code_hash, member_id, created_at_ms, expires_at_ms) VALUES (?, ?, 0, 0)';
    await expect(driver.run(invite, 'x', 'mem_1')).rejects.toThrow();
    await addMember(driver, 'mem_1');
    await driver.run(invite, 'x', 'mem_1');
    await driver.run('DELETE FROM members WHERE id = ?', 'mem_1');
    expect(await driver.all('SELECT * FROM invites')).toEqual([]);
  });

  test('text that looks like SQL, and any character but NUL, comes back as it went', async () => {
    const driver = await openFresh();
    for (const name of ["'; DROP TABLE members; --", 'è ñ 漢字 🏃', '\\u0000 $1 ? ?', '"quoted"']) {
      await driver.run('INSERT INTO members (id, name, created_at_ms) VALUES (?, ?, 0)', name, name);
      expect(await driver.get('SELECT name FROM members WHERE id = ?', name)).toEqual({ name });
    }
  });

  test('a wrong statement is a mistake of ours, not a database that is away', async () => {
    const driver = await openFresh();
    for (const sql of ['SELECT * FROM nowhere', 'no sql']) {
      await expect(driver.run(sql), sql).rejects.not.toBeInstanceOf(Failure);
    }
  });

  test('a database that is closed is away', async () => {
    const driver = await openFresh();
    await driver.close();
    await expect(driver.all('SELECT 1')).rejects.toThrow();
  });
});

test('several relays that start at once on an empty PostgreSQL migrate it once', async ({ skip }) => {
  skip(!runsOnPostgres, 'SQLite has its own test of this');
  const url = await createDatabase();
  const drivers = await Promise.all(Array.from({ length: 6 }, () => openPostgres(url)));
  onTestFinished(async () => {
    await Promise.all(drivers.map((driver) => driver.close()));
  });
  const [first] = drivers;
  expect(await first?.all('SELECT id FROM migrations ORDER BY id')).toEqual(
    migrations.map(({ id }) => ({ id })),
  );
});

test('connections that the server breaks off fail their statements as unavailable and nothing else, and new ones are made', async ({
  skip,
}) => {
  if (!runsOnPostgres) skip('an embedded database has no connections');
  const driver = await openFresh();
  // An error event that nobody hears would end the relay with answers of providers in hand; here it ends the run.
  const outcomes = new Set<string>();
  for (let round = 0; round < 30; round += 1) {
    const breaking = driver.all(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    const working = Array.from({ length: 8 }, () => driver.get('SELECT 1 AS one'));
    for (const outcome of await Promise.allSettled([breaking, ...working])) {
      outcomes.add(
        outcome.status === 'fulfilled' ? 'answered' : String((outcome.reason as { code?: unknown }).code),
      );
    }
  }
  expect([...outcomes].toSorted()).toEqual(['answered', 'storage-unavailable']);
  expect(await driver.get('SELECT 1 AS one')).toEqual({ one: 1 });
});

test('a transaction whose failed statement was overlooked is not taken for stored', async ({ skip }) => {
  if (!runsOnPostgres) skip('SQLite goes on after a failed statement');
  const driver = await openFresh();
  const overlooking = driver.transaction(async (statements) => {
    await addMember(statements, 'mem_1');
    await statements.run('SELECT nothing').catch(() => undefined);
  });
  await expect(overlooking).rejects.toThrow('failed unseen');
  expect(await idsIn(driver)).toEqual([]);
});

describe('moving the embedded database', () => {
  async function openBoth() {
    const source = openSqlite(':memory:');
    const target = await openPostgres(await createDatabase());
    onTestFinished(async () => {
      await source.close();
      await target.close();
    });
    for (let index = 0; index < 1_234; index += 1) await addMember(source, `mem_${index}`);
    await source.run(
      `INSERT INTO connections (id, member_id, provider_id, status, scopes, access_token, access_expires_at_ms,
         refresh_token, token_version, created_at_ms, refreshed_at_ms, refresh_asked_at_ms)
       VALUES ('con_1', 'mem_7', 'fatture-in-cloud', 'active', '["è"]', '1.x.y', 5, NULL, 3, 1, 2, NULL)`,
    );
    await source.run(
      `INSERT INTO intents (id, connection_id, member_id, action_id, method, path, body, status, due_at_ms, created_at_ms)
       VALUES ('int_1', 'con_1', 'mem_7', 'stora.note.create', 'POST', '/x', '1.x.y', 'started', 1, 1)`,
    );
    // One contact with more links than a page has rows.
    for (let client = 1; client <= 600; client += 1) {
      await source.run(
        `INSERT INTO links (member_id, company_id, client_id, contact_id, created_at_ms)
         VALUES ('mem_7', 1, ?, 'con_x', 1)`,
        client,
      );
    }
    await source.run("INSERT INTO webhooks VALUES ('whk_1', 'stora', 'con_1', 'we_1', '1.x.y', 1)");
    await source.run("INSERT INTO notice_wishes VALUES ('whk_1', 'con_1', 'mem_7', NULL, '[]')");
    await source.run("INSERT INTO notices VALUES ('n1', 'whk_1', 'invoice-paid', '1.x.y', 1)");
    return { source, target };
  }

  test('every row arrives as it was, in pages, and is compared', async () => {
    const { source, target } = await openBoth();
    const tables: Record<string, number> = {};
    await migrateStore(source, target, (table, rows) => {
      tables[table] = rows;
    });
    const names = await source.all<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    );
    // Except what is of the minute, and what says how far the schema is.
    const left = new Set(['migrations', 'rate_counts']);
    expect(Object.keys(tables).toSorted()).toEqual(
      names
        .map(({ name }) => name)
        .filter((name) => !left.has(name))
        .toSorted(),
    );
    expect(tables).toMatchObject({ members: 1_234, connections: 1, intents: 1, links: 600, notices: 1 });
    expect(await target.all('SELECT * FROM members ORDER BY id')).toEqual(
      plain(await source.all('SELECT * FROM members ORDER BY id')),
    );
    expect(await target.get('SELECT * FROM connections')).toEqual(
      plain(await source.get('SELECT * FROM connections')),
    );
  });

  test('a target that is in use is refused, and nothing in it changes', async () => {
    const { source, target } = await openBoth();
    await addMember(target, 'mem_own');
    await expect(migrateStore(source, target, () => undefined)).rejects.toThrow('not empty');
    expect(await idsIn(target)).toEqual(['mem_own']);
  });

  test('a copy that differs in one value is found, and nothing is moved', async () => {
    const { source, target } = await openBoth();
    await target.run(
      `CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN IF NEW.id = 'mem_900' THEN NEW.name := 'Somebody else'; END IF; RETURN NEW; END $$`,
    );
    await target.run('CREATE TRIGGER spoil BEFORE INSERT ON members FOR EACH ROW EXECUTE FUNCTION spoil()');
    await expect(migrateStore(source, target, () => undefined)).rejects.toThrow(
      'a row of members is not the same',
    );
    expect(await idsIn(target)).toEqual([]);
  });

  test('the audit log goes on in PostgreSQL where it ended', async () => {
    const { source, target } = await openBoth();
    await migrateStore(source, target, () => undefined);
    expect(await target.get('SELECT * FROM audit_head')).toEqual(
      plain(await source.get('SELECT * FROM audit_head')),
    );
  });
});
