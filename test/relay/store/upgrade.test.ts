import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../../relay/config/config.ts';
import { examineDatabase } from '../../../relay/doctor/database.ts';
import { openAuditLog, verifyAudit } from '../../../relay/audit.ts';
import { vaultFits } from '../../../relay/keys/vault.ts';
import type { Driver } from '../../../relay/store/driver.ts';
import { schemaVersion } from '../../../relay/store/migrations/newer.ts';
import { migrations } from '../../../relay/store/migrations/registry.ts';
import { openStore } from '../../../relay/store/open.ts';
import { migrationLock, openPostgres, schemaOf } from '../../../relay/store/postgres.ts';
import { createDatabase, runsOnPostgres } from '../../postgres/database.ts';
import { vaultOf } from '../harness.ts';
import { runRelay, temporaryFolder } from '../process.ts';
import { insertOf, oldRows, rowsAt } from './old-rows.ts';

/** A database as a release of schema `version` left it. */
async function leaveAt(version: number): Promise<{ url: string | null; file: string }> {
  const old = migrations.filter(({ id }) => id <= version);
  const rows = rowsAt(version).map(insertOf);
  if (runsOnPostgres) {
    const url = await createDatabase();
    const client = new Client(url);
    await client.connect();
    await client.query('CREATE TABLE migrations (id BIGINT PRIMARY KEY)');
    for (const step of old) {
      await client.query(`${schemaOf(step)}; INSERT INTO migrations (id) VALUES (${step.id})`);
    }
    for (const row of rows) await client.query(row);
    await client.end();
    return { url, file: '' };
  }
  const file = join(temporaryFolder(), 'relay.sqlite');
  const database = new DatabaseSync(file);
  database.exec('CREATE TABLE migrations (id INTEGER PRIMARY KEY) STRICT');
  for (const { id, sql } of old) database.exec(`${sql}; INSERT INTO migrations (id) VALUES (${id})`);
  for (const row of rows) database.exec(row);
  database.close();
  return { url: null, file };
}

async function upgrade(place: { url: string | null; file: string }): Promise<Driver> {
  const store = await openStore(place);
  onTestFinished(() => store.close());
  return store;
}

test('the rows below know every table there is: a new one without a row would upgrade unseen', async () => {
  const store = await upgrade({ url: null, file: join(temporaryFolder(), 'relay.sqlite') });
  const tables = await store.all<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  );
  const byThemselves = ['migrations', 'vault_checks', 'relay_keys', 'audit', 'audit_head', 'audit_unchained'];
  expect(tables.map(({ name }) => name).toSorted()).toEqual(
    [...new Set([...oldRows.map(({ table }) => table), ...byThemselves])].toSorted(),
  );
});

test.for(migrations.map(({ id }) => id))(
  'a team that comes from schema %i loses no row and no value, and its relay writes on',
  async (version) => {
    const store = await upgrade(await leaveAt(version));
    expect(await store.get('SELECT max(id) AS version FROM migrations')).toEqual({ version: schemaVersion });
    for (const { table, row } of rowsAt(version)) {
      const now = table === 'audit' ? 'audit_unchained' : table;
      const found = await store.all(`SELECT ${Object.keys(row).join(', ')} FROM ${now}`);
      expect(JSON.parse(JSON.stringify(found)), table).toContainEqual(row);
    }
    const vault = vaultOf(randomBytes(32).toString('base64'));
    expect(await vaultFits(vault, store)).toBe(true);
    const audit = await openAuditLog({ store, vault, now: () => 1 });
    await audit.record({ event: 'member_invited', memberId: 'mem_1' });
    expect(await verifyAudit({ store, vault })).toMatchObject({ isWhole: true, entries: 1 });
  },
);

test('doctor looks at the database of an earlier release as it is, with its key, before the first start of this one', async () => {
  const place = await leaveAt(13);
  const key = randomBytes(32).toString('base64');
  const config = readConfig({
    STAFFETTA_VAULT_KEY: key,
    STAFFETTA_DATA_DIR: runsOnPostgres ? temporaryFolder() : join(place.file, '..'),
    ...(place.url === null ? {} : { STAFFETTA_DATABASE_URL: place.url }),
  });
  const findings = await examineDatabase({ config, now: Date.now }, vaultOf(key));
  expect(findings.map(({ about, level }) => [about, level])).toEqual(
    expect.arrayContaining([
      ['schema', 'warning'],
      ['vault key and database', 'ok'],
    ]),
  );
  expect(findings.map(({ level }) => level)).not.toContain('failed');
});

test('a relay that starts while another one migrates waits, longer than any statement of its own may take', async ({
  skip,
}) => {
  skip(!runsOnPostgres, 'an embedded database is opened by one relay alone');
  const url = await createDatabase();
  const other = new Client(url);
  await other.connect();
  onTestFinished(() => other.end());
  await other.query(`SELECT pg_advisory_lock(${migrationLock})`);
  const opening = openPostgres(`${url}?statement_timeout=50&lock_timeout=50`);
  const hasWaited = expect
    .poll(async () => {
      const { rows } = await other.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'
           AND clock_timestamp() > query_start + interval '200 milliseconds'`,
      );
      return rows.length;
    })
    .toBe(1);
  await Promise.race([hasWaited, opening]);
  await other.query(`SELECT pg_advisory_unlock(${migrationLock})`);
  const store = await opening;
  expect(await store.get('SELECT max(id) AS version FROM migrations')).toEqual({ version: schemaVersion });
  // Once it serves, its limits hold again.
  await expect(store.get('SELECT pg_sleep(9)')).rejects.toThrow('storage-unavailable');
  await store.close();
});

test('a relay that is older than its database does not start, says which schema it needs, and changes nothing', async () => {
  const place = await leaveAt(schemaVersion);
  const store = await upgrade(place);
  await store.run('INSERT INTO migrations (id) VALUES (?)', schemaVersion + 3);
  await store.close();
  const before = runsOnPostgres ? null : readFileSync(place.file);
  const { code, stdout, stderr } = await runRelay([], {
    STAFFETTA_DATA_DIR: runsOnPostgres ? temporaryFolder() : join(place.file, '..'),
    STAFFETTA_VAULT_KEY: randomBytes(32).toString('base64'),
    ...(place.url === null ? {} : { STAFFETTA_DATABASE_URL: place.url }),
  });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(`has schema ${schemaVersion + 3}`);
  expect(stderr).toMatch(`schemas up to ${schemaVersion}`);
  expect(stderr).not.toContain(' at ');
  if (before !== null) expect(readFileSync(place.file).equals(before)).toBe(true);
});
