import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '../../shared/failure.ts';
import { vaultOpens, type Vault } from '../keys/vault.ts';
import type { Driver } from '../store/driver.ts';
import { schemaVersion } from '../store/migrations/newer.ts';
import { openStore } from '../store/open.ts';
import { openSqlite } from '../store/sqlite.ts';
import { compareClocks } from './clock.ts';
import { failed, ok, warning, type Examined, type Finding } from './finding.ts';

const about = 'database';

/** The database as it is: nothing in it is changed, nor its schema brought up to date. */
export async function examineDatabase(examined: Examined, vault: Vault | null): Promise<Finding[]> {
  const { databaseUrl, databaseFile } = examined.config;
  if (databaseUrl === null && !existsSync(databaseFile))
    return [ok(about, `There is none yet; the first start makes ${databaseFile}.`)];
  let store: Driver | undefined;
  try {
    store =
      databaseUrl === null
        ? openSqlite(databaseFile, { readOnly: true })
        : await openStore({ url: databaseUrl.reveal(), file: '' }, { isPatient: true, leavesSchema: true });
    if (!(await hasSchema(store))) return [ok(about, 'It is empty; the first start makes its tables.')];
    return [
      ok(about, store.kind === 'sqlite' ? `${databaseFile} opens.` : 'PostgreSQL answers.'),
      ...(await examineSchema(store)),
      ...(await examineWriting(store, databaseFile)),
      ...(store.kind === 'sqlite' ? await examinePages(store) : await examineClock(store, examined)),
      ...(vault === null ? [] : await examineSeal(store, vault)),
    ];
  } catch (error) {
    return [
      failed(about, `It cannot be opened or read: ${wordsOf(error)}.`, mendOpening(databaseUrl === null)),
    ];
  } finally {
    await store?.close();
  }
}

const hasSchema = async (store: Driver): Promise<boolean> =>
  (await store.get(
    store.kind === 'sqlite'
      ? "SELECT name FROM sqlite_schema WHERE name = 'migrations'"
      : "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'migrations'",
  )) !== undefined;

const wordsOf = (error: unknown): string => {
  const cause = error instanceof Failure ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
};

const mendOpening = (isEmbedded: boolean): string =>
  isEmbedded
    ? 'Look at the rights and the disk of the data folder. A damaged file is replaced by a backup: restore FILE --replace'
    : 'Look at STAFFETTA_DATABASE_URL, and whether the server runs and lets this machine in.';

async function examineSchema(store: Driver): Promise<Finding[]> {
  const row = await store.get<{ version: number }>('SELECT max(id) AS version FROM migrations');
  const version = row?.version ?? 0;
  if (version === schemaVersion) return [ok('schema', `It is ${version}, the one of this release.`)];
  if (version < schemaVersion)
    return [
      warning(
        'schema',
        `It is ${version}; this release has ${schemaVersion}.`,
        'The next start brings it up to date. Make a backup with the release that runs now; there is no way back.',
      ),
    ];
  return [
    failed(
      'schema',
      `It is ${version}, and this release knows schemas up to ${schemaVersion}.`,
      `Install a release whose --version says schema ${version} or more.`,
    ),
  ];
}

async function examineWriting(store: Driver, file: string): Promise<Finding[]> {
  try {
    if (store.kind === 'sqlite') {
      const database = new DatabaseSync(file, { timeout: 2_000 });
      try {
        database.exec('BEGIN IMMEDIATE; ROLLBACK');
      } finally {
        database.close();
      }
    } else await store.run('UPDATE audit_head SET sequence = sequence WHERE id = 1');
    return [ok('database, writing', 'It can be written.')];
  } catch (error) {
    const mend =
      'Look at the rights of the file and its folder, at the disk, and whether another program holds the database.';
    return [failed('database, writing', `It cannot be written: ${wordsOf(error)}.`, mend)];
  }
}

/** Share of a file's pages from which it is worth saying that they are free. */
const freeShare = 0.5;

async function examinePages(store: Driver): Promise<Finding[]> {
  const check = await store.get<{ quick_check: string }>('PRAGMA quick_check(1)');
  if (check?.quick_check !== 'ok') {
    return [
      failed(
        'database, integrity',
        'The file is damaged.',
        'Stop the relay, keep the file, and put a backup in its place: restore FILE --replace',
      ),
    ];
  }
  const pages = (await store.get<{ page_count: number }>('PRAGMA page_count'))?.page_count ?? 0;
  const free = (await store.get<{ freelist_count: number }>('PRAGMA freelist_count'))?.freelist_count ?? 0;
  const share = pages === 0 ? 0 : free / pages;
  return [
    ok(
      'database, integrity',
      share < freeShare
        ? 'The file is sound.'
        : `The file is sound; ${Math.round(share * 100)} % of it is free.`,
    ),
  ];
}

async function examineClock(store: Driver, { now }: Examined): Promise<Finding[]> {
  const row = await store.get<{ ms: number }>(
    'SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) AS ms',
  );
  return [compareClocks('PostgreSQL', row?.ms ?? 0, now())];
}

async function examineSeal(store: Driver, vault: Vault): Promise<Finding[]> {
  return (await vaultOpens(vault, store))
    ? [ok('vault key and database', 'The key opens what is sealed in the database.')]
    : [
        failed(
          'vault key and database',
          'The vault key does not open this database.',
          'Start with the key that it was made with; after a change of keys give both: STAFFETTA_VAULT_KEY=NEW,OLD.',
        ),
      ];
}
