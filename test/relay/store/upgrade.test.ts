import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../../relay/config.ts';
import { examineDatabase } from '../../../relay/doctor/database.ts';
import { openAuditLog, verifyAudit } from '../../../relay/audit.ts';
import { vaultFits } from '../../../relay/keys/vault.ts';
import type { Driver, SqlValue } from '../../../relay/store/driver.ts';
import { schemaVersion } from '../../../relay/store/migrations/newer.ts';
import { migrations } from '../../../relay/store/migrations/registry.ts';
import { openStore } from '../../../relay/store/open.ts';
import { migrationLock, openPostgres, schemaOf } from '../../../relay/store/postgres.ts';
import { createDatabase, runsOnPostgres } from '../../postgres/database.ts';
import { vaultOf } from '../harness.ts';
import { runRelay, temporaryFolder } from '../process.ts';

/** One row as a relay of schema `since` (and later, until `until`) wrote it. */
interface OldRow {
  since: number;
  until?: number;
  table: string;
  row: Record<string, SqlValue>;
}

/** A row of every table that any release had, in an order in which each finds what it refers to. */
const oldRows: readonly OldRow[] = [
  { since: 1, table: 'members', row: { id: 'mem_1', name: 'Màrio Rossi', created_at_ms: 2 ** 44 } },
  { since: 10, table: 'members', row: { id: 'mem_2', name: 'Anna', created_at_ms: 1, role: 'admin' } },
  {
    since: 1,
    table: 'invites',
    row: { code_hash: 'i1', member_id: 'mem_1', created_at_ms: 1, expires_at_ms: 2, used_at_ms: null },
  },
  {
    since: 1,
    table: 'installations',
    row: { id: 'ins_1', member_id: 'mem_1', name: 'Firefox', thumbprint: 't1', created_at_ms: 5 },
  },
  { since: 1, table: 'sessions', row: { token_hash: 's1', installation_id: 'ins_1', expires_at_ms: 9 } },
  {
    since: 1,
    table: 'flows',
    row: {
      id: 'flo_1',
      installation_id: 'ins_1',
      thumbprint: 't1',
      provider_id: 'fatture-in-cloud',
      scopes: '["entity.clients:r"]',
      state: 'x',
      code_challenge: 'y',
      provider_verifier: null,
      redirect_kind: 'chrome',
      status: 'open',
      expires_at_ms: 9,
    },
  },
  {
    since: 1,
    table: 'connections',
    row: {
      id: 'con_1',
      member_id: 'mem_1',
      provider_id: 'fatture-in-cloud',
      status: 'active',
      scopes: '["entity.clients:r"]',
      access_token: '1.k.a',
      access_expires_at_ms: 2 ** 44,
      refresh_token: '1.k.r',
      token_version: 3,
      created_at_ms: 1,
      refreshed_at_ms: 2,
    },
  },
  {
    since: 1,
    until: 1,
    table: 'audit',
    row: { sequence: 1, at_ms: 7, event: 'grant_issued', outcome: 'done', connection_id: 'con_1' },
  },
  { since: 4, table: 'rate_counts', row: { key_hash: 'r', window_number: 1, count: 3 } },
  {
    since: 3,
    table: 'device_flows',
    row: {
      id: 'dev_1',
      installation_id: 'ins_1',
      thumbprint: 't1',
      provider_id: 'fatture-in-cloud',
      scopes: '[]',
      device_code: '1.k.d',
      interval_seconds: 5,
      poll_after_ms: 1,
      expires_at_ms: 2,
    },
  },
  {
    since: 6,
    table: 'intents',
    row: {
      id: 'int_1',
      connection_id: 'con_1',
      member_id: 'mem_1',
      action_id: 'stora.note.create',
      method: 'POST',
      path: '/x',
      body: '1.k.b',
      status: 'started',
      contact_id: null,
      attempts: 1,
      due_at_ms: 1,
      created_at_ms: 1,
    },
  },
  {
    since: 6,
    table: 'links',
    row: { member_id: 'mem_1', company_id: 101, client_id: 7, contact_id: 'con_x', created_at_ms: 1 },
  },
  {
    since: 7,
    table: 'webhooks',
    row: {
      id: 'whk_1',
      provider_id: 'stora',
      account: 'con_1',
      remote_id: 'we_1',
      secret: '1.k.w',
      created_at_ms: 1,
    },
  },
  {
    since: 7,
    table: 'notice_wishes',
    row: { webhook_id: 'whk_1', connection_id: 'con_1', member_id: 'mem_1', company_id: null, kinds: '[]' },
  },
  {
    since: 7,
    table: 'notices',
    row: { id: 'not_1', webhook_id: 'whk_1', kind: 'invoice-paid', notice: '1.k.n', at_ms: 1 },
  },
  { since: 8, table: 'writes', row: { key: 'w', member_id: 'mem_1', until_ms: 9 } },
  { since: 9, table: 'recipe_sets', row: { version: 1, text: '{}', signature: 's', published_at_ms: 1 } },
  {
    since: 9,
    table: 'recipe_alarms',
    row: { recipe_id: 'x', host: 'h', missing: '[]', reports: 1, first_at_ms: 1, last_at_ms: 1 },
  },
  { since: 12, table: 'policies', row: { version: 1, text: '{}', changed_at_ms: 1 } },
  {
    since: 13,
    table: 'identities',
    row: { issuer: 'https://i', subject: 's', member_id: 'mem_1', email: 'a@b.it', created_at_ms: 1 },
  },
  {
    since: 13,
    table: 'sign_ins',
    row: {
      id: 'sig_1',
      thumbprint: 't1',
      state: 'x',
      secrets: '1.k.s',
      code_challenge: 'c',
      redirect_kind: 'chrome',
      status: 'open',
      expires_at_ms: 9,
    },
  },
  {
    since: 13,
    table: 'console_sessions',
    row: { token_hash: 'k1', member_id: 'mem_1', expires_at_ms: 9, last_used_at_ms: 1 },
  },
  { since: 15, table: 'retired_keys', row: { key_id: '0a1b2c3d', retired_at_ms: 9 } },
];

const rowsAt = (version: number): OldRow[] =>
  oldRows.filter(({ since, until = Infinity }) => since <= version && version <= until);

const insertOf = ({ table, row }: OldRow): string =>
  `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.values(row)
    .map((value) => (typeof value === 'string' ? `'${value}'` : String(value)))
    .join(', ')})`;

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

test.runIf(runsOnPostgres)(
  'a relay that starts while another one migrates waits, longer than any statement of its own may take',
  async () => {
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
  },
);

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
