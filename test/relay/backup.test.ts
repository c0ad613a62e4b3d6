import { randomBytes } from 'node:crypto';
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, statSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { createEnrolment } from '../../shared/api/enrolments.ts';
import { openFile, sealFile } from '../../relay/backup/seal.ts';
import { takeSnapshot } from '../../relay/backup/snapshot.ts';
import { loadKeys } from '../../relay/config/keyring.ts';
import { readConfig } from '../../relay/config/config.ts';
import { tablesOf } from '../../relay/store/copy.ts';
import { schemaVersion } from '../../relay/store/migrations/newer.ts';
import { migrations } from '../../relay/store/migrations/registry.ts';
import { openStore } from '../../relay/store/open.ts';
import { openSqlite } from '../../relay/store/sqlite.ts';
import { createDatabase, runsOnPostgres } from '../postgres/database.ts';
import { openRelay } from './harness.ts';
import { Installation } from './installation.ts';
import { runRelay, temporaryFolder } from './process.ts';
import { runCommand } from './cli/run.ts';
import { openTeam } from './cli/team.ts';

const newKey = (): string => randomBytes(32).toString('base64');

/** A team with a backup of it, whose relay has ended. */
async function openBackedUp() {
  const team = await openTeam();
  const file = join(temporaryFolder(), 'backup.age');
  const invite = await team.relay.invite('Anna Bianchi');
  const made = (await team.json('backup', file)) as { auditHead: string };
  const dump = async (): Promise<unknown> => {
    const store = await openStore({ url: team.url, file: join(team.folder, 'relay.sqlite') });
    const rows = [];
    for (const table of ['members', 'connections', 'sessions', 'audit', 'vault_checks']) {
      rows.push(await store.all(`SELECT * FROM ${table} ORDER BY 1`));
    }
    await store.close();
    return rows;
  };
  const restore = (args: string[] = [], environment: Record<string, string> = {}) =>
    runCommand(['restore', file, ...args], { ...team.environment, ...environment });
  return { ...team, file, made, invite, dump, restore };
}

test('D1: who finds a backup reads no name, no token and no invite in it; it is its owner’s alone, and nothing is left beside it', async () => {
  const { file, folder, sandbox, invite } = await openBackedUp();
  const bytes = readFileSync(file);
  for (const text of [
    'Mario Rossi',
    'SQLite format',
    'fatture-in-cloud',
    invite.slice(4),
    ...sandbox.state.secrets(),
  ]) {
    expect(bytes.includes(text), text.slice(0, 6)).toBe(false);
  }
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(file, '..'))).toEqual(['backup.age']);
  expect(readdirSync(folder).filter((name) => name.startsWith('backup'))).toEqual([]);
});

test('every table of the schema is in a backup, each after those that it refers to: one that is added is never forgotten', async () => {
  const store = openSqlite(':memory:');
  const tables = await tablesOf(store);
  const all = await store.all<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  );
  expect([...tables.map(({ name }) => name), 'migrations', 'rate_counts'].toSorted()).toEqual(
    all.map(({ name }) => name).toSorted(),
  );
  for (const [index, { name, keys }] of tables.entries()) {
    expect(keys.length, name).toBeGreaterThan(0);
    const references = await store.all<{ table: string }>(
      `SELECT "table" FROM pragma_foreign_key_list('${name}')`,
    );
    const before = tables.slice(0, index).map((table) => table.name);
    for (const { table } of references) expect(before, name).toContain(table);
  }
  await store.close();
});

test('D6: a backup restored with a wrong key is refused cleanly: nothing is touched, and nothing half-made is left', async () => {
  const { relay, restore, dump, folder } = await openBackedUp();
  await relay.close();
  const [before, names] = [await dump(), readdirSync(folder)];
  await expect(restore(['--replace'], { STAFFETTA_VAULT_KEY: newKey() })).rejects.toThrow(
    'No vault key opens this backup',
  );
  expect(await dump()).toEqual(before);
  expect(readdirSync(folder)).toEqual(names);
  await expect(restore(['--replace'], { STAFFETTA_VAULT_KEY: '' })).rejects.toThrow(
    'The vault key is missing',
  );
  expect(await dump()).toEqual(before);
});

test('after the vault key was changed, the old one beside the new one still opens an older backup', async () => {
  const { relay, restore, environment } = await openBackedUp();
  await relay.close();
  const keys = `${newKey()},${environment['STAFFETTA_VAULT_KEY']}`;
  expect(await restore(['--check'], { STAFFETTA_VAULT_KEY: keys })).toMatchObject({ code: 0 });
});

test('a backup that was altered, cut short or mixed up is refused before anything is touched', async () => {
  const { relay, file, restore, dump } = await openBackedUp();
  await relay.close();
  const before = await dump();
  const whole = readFileSync(file);
  const spoilt = new Map<string, Buffer>([
    ['empty', Buffer.alloc(0)],
    ['no backup', Buffer.from('SQLite format 3\u0000')],
    ['cut at the end', whole.subarray(0, -1)],
    ['cut at a piece', whole.subarray(0, whole.length - (whole.length % 65_536))],
    ['longer', Buffer.concat([whole, Buffer.from('x')])],
  ]);
  for (const at of [0, 30, 80, 150, 250, 70_000, whole.length - 1]) {
    const altered = Buffer.from(whole);
    altered[at] = (altered[at] ?? 0) ^ 1;
    spoilt.set(`byte ${at}`, altered);
  }
  for (const [name, bytes] of spoilt) {
    writeFileSync(file, bytes);
    await expect(restore(['--replace']), name).rejects.toMatchObject({ name: 'BackupError' });
  }
  expect(await dump()).toEqual(before);
});

test('a team in the database is replaced only when that is said, and never under a relay that serves', async () => {
  const { relay, restore, dump, folder } = await openBackedUp();
  const before = await dump();
  await expect(restore(['--replace'])).rejects.toThrow('stop it first');
  expect(await dump()).toEqual(before);
  await relay.close();
  await expect(restore()).rejects.toThrow('--replace');
  expect(await restore(['--check'])).toMatchObject({ code: 0 });
  expect(await dump()).toEqual(before);
  expect(await restore(['--replace'])).toMatchObject({ code: 0 });
  expect(await dump()).not.toEqual(before);
  const kept = readdirSync(folder).filter((name) => name.includes('.before-'));
  expect(kept).toHaveLength(runsOnPostgres ? 0 : 1);
});

test('what counted once does not count again: sessions and invites of the backup’s time are refused', async () => {
  const { relay, restore, invite, url, folder, environment } = await openBackedUp();
  await relay.close();
  await restore(['--replace']);
  const again = await openRelay({
    database: url ?? join(folder, 'relay.sqlite'),
    vaultKey: environment['STAFFETTA_VAULT_KEY'] ?? '',
    startMs: relay.now(),
  });
  const stranger = await Installation.create(again);
  await stranger.openSession().catch(() => undefined); // refused, but it brings a nonce
  const input = { invite, installationName: 'Chrome on Linux' };
  expect(await stranger.refusal(createEnrolment, { input })).toMatchObject({ code: 'invite-invalid' });
  expect(await again.store.all('SELECT * FROM sessions')).toEqual([]);
});

test('a backup of a newer release is refused by an older one, which names the schema it needs', async () => {
  const { relay, file, restore, dump, environment } = await openBackedUp();
  await relay.close();
  const before = await dump();
  const folder = temporaryFolder();
  const keys = loadKeys(readConfig(environment));
  const [opened, resealed] = [join(folder, 'opened.sqlite'), join(folder, 'resealed.age')];
  await openFile(file, opened, keys);
  const store = openSqlite(opened);
  await store.run('INSERT INTO migrations (id) VALUES (?)', schemaVersion + 1);
  await store.get('PRAGMA journal_mode = DELETE');
  await store.close();
  await sealFile(opened, resealed, keys);
  writeFileSync(file, readFileSync(resealed));
  await expect(restore(['--replace'])).rejects.toThrow(`has schema ${schemaVersion + 1}`);
  expect(await dump()).toEqual(before);
});

test('a backup of a large database does not begin again with each write, and none of them is in it', async ({
  skip,
}) => {
  if (runsOnPostgres) skip('one transaction sees one moment there');
  const databaseFile = join(temporaryFolder(), 'relay.sqlite');
  const copy = join(temporaryFolder(), 'copy.sqlite');
  const store = openSqlite(databaseFile);
  const add = (version: number): Promise<number> =>
    store.run("INSERT INTO recipe_sets VALUES (?, ?, 's', 1)", version, 'x'.repeat(1_000_000));
  for (let version = 1; version <= 40; version += 1) await add(version);
  const steps: number[] = [];
  let writes = 0;
  let writing: Promise<unknown> = Promise.resolve();
  await takeSnapshot({ databaseUrl: null, databaseFile }, copy, {
    show(_, done) {
      steps.push(done);
      // Somebody writes after every step.
      if (writes < 100) writing = writing.then(() => add(100 + (writes += 1)));
    },
    clear: () => undefined,
  });
  await writing;
  expect(writes).toBeGreaterThan(2);
  expect(steps).toEqual(steps.toSorted((one, other) => one - other));
  const taken = openSqlite(copy);
  expect(await taken.get('SELECT count(*) AS count FROM recipe_sets')).toEqual({ count: 40 });
  await taken.close();
  await store.close();
});

test(
  'a restore that is killed at any moment leaves the team that was there, or the backup whole, and never half of each',
  { timeout: 60_000 },
  async () => {
    const { relay, file, folder, environment, dump } = await openBackedUp();
    await relay.close();
    const members = async (): Promise<number> =>
      (JSON.parse((await runCommand(['members', '--json'], environment)).lines[0] ?? '') as { members: [] })
        .members.length;
    const before = await dump();
    const ends = new Set<string>();
    for (const moment of [1, 2, 4, 6, 8, 10, 12, Infinity]) {
      const stop = killAt(moment, folder);
      const { code } = await runRelay(['restore', file, '--replace'], environment, stop.attach);
      stop.end();
      ends.add(code === 0 ? 'restored' : 'killed');
      expect(await runCommand(['audit', 'verify'], environment), `killed at ${moment}`).toMatchObject({
        code: 0,
      });
      expect(await members()).toBe(2);
      if (moment === 1) expect(await dump()).toEqual(before);
    }
    expect([...ends].toSorted()).toEqual(['killed', 'restored']);
  },
);

/** Kills a process when the data folder has changed so many times. */
function killAt(moment: number, folder: string) {
  let child: ChildProcess | undefined;
  let changes = 0;
  const watcher = watch(folder, { recursive: true }, () => {
    changes += 1;
    if (changes >= moment) child?.kill('SIGKILL');
  });
  return { attach: (started: ChildProcess) => void (child = started), end: () => watcher.close() };
}

test('a backup of an older release is brought up to date by the restore, with its rows', async () => {
  const folder = temporaryFolder();
  const [old, file] = [join(folder, 'old.sqlite'), join(folder, 'old.age')];
  const database = new DatabaseSync(old);
  database.exec('CREATE TABLE migrations (id INTEGER PRIMARY KEY) STRICT');
  for (const { id, sql } of migrations.filter((step) => step.id <= 5))
    database.exec(`${sql}; INSERT INTO migrations (id) VALUES (${id})`);
  database.exec(
    "INSERT INTO members (id, name, created_at_ms) VALUES ('mem_AAAAAAAAAAAAAAAAAAAAAA', 'Anna', 1)",
  );
  database.exec('CREATE TABLE backup_manifest (text TEXT NOT NULL) STRICT');
  const manifest = { madeAt: '2026-01-01T00:00:00.000Z', schema: 5, rows: { members: 1 }, auditHead: '0:' };
  database.prepare('INSERT INTO backup_manifest (text) VALUES (?)').run(JSON.stringify(manifest));
  database.close();
  const environment: Record<string, string> = {
    STAFFETTA_DATA_DIR: join(folder, 'data'),
    STAFFETTA_VAULT_KEY: newKey(),
    ...(runsOnPostgres ? { STAFFETTA_DATABASE_URL: await createDatabase() } : {}),
  };
  await sealFile(old, file, loadKeys(readConfig(environment)));
  expect(await runCommand(['restore', file], environment)).toMatchObject({ code: 0 });
  expect((await runCommand(['members'], environment)).lines.join('')).toContain('"Anna"');
  expect(await runCommand(['audit', 'verify'], environment)).toMatchObject({ code: 0 });
});

test('a backup never replaces another, and says so before it works', async () => {
  const { file, environment } = await openBackedUp();
  const before = readFileSync(file);
  await expect(runCommand(['backup', file], environment)).rejects.toThrow('exists already');
  await expect(runCommand(['backup', '/no/such/folder/x.age'], environment)).rejects.toThrow(
    'does not exist',
  );
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('a backup of PostgreSQL stands again as an embedded database, and its backup in PostgreSQL', async ({
  skip,
}) => {
  if (!runsOnPostgres) skip('needs the server');
  const { relay, file, made, environment, connectionId } = await openBackedUp();
  await relay.close();
  const embedded = {
    ...environment,
    STAFFETTA_DATABASE_URL: '',
    STAFFETTA_DATA_DIR: join(temporaryFolder(), 'data'),
  };
  expect(await runCommand(['restore', file], embedded)).toMatchObject({ code: 0 });
  expect(await runCommand(['audit', 'verify', made.auditHead], embedded)).toMatchObject({ code: 0 });
  const second = join(temporaryFolder(), 'second.age');
  expect(await runCommand(['backup', second], embedded)).toMatchObject({ code: 0 });
  const moved = { ...environment, STAFFETTA_DATABASE_URL: await createDatabase() };
  expect(await runCommand(['restore', second], moved)).toMatchObject({ code: 0 });
  expect(await runCommand(['audit', 'verify', made.auditHead], moved)).toMatchObject({ code: 0 });
  expect((await runCommand(['connections'], moved)).lines.join('')).toContain(connectionId);
});
