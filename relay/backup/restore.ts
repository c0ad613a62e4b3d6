import { existsSync, linkSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openAuditLog, operator } from '../audit.ts';
import { BackupError } from './backup-error.ts';
import type { Progress } from '../observe/progress.ts';
import type { Config } from '../config/config.ts';
import { loadKeys } from '../config/keyring.ts';
import { createVault, type Vault } from '../keys/vault.ts';
import { copyRows, emptyTables, tablesOf } from '../store/copy.ts';
import { doubtEveryRefresh } from '../store/refreshes.ts';
import { relayName } from '../store/driver.ts';
import { openStore } from '../store/open.ts';
import { openSqlite } from '../store/sqlite.ts';
import { inOwnFolder } from './backup.ts';
import { verifyBackup, type Manifest } from './manifest.ts';
import { openFile } from './seal.ts';

/** What a restore is to do. */
interface RestoreOptions {
  /** Puts the backup in the place of a database that has rows. */
  replace: boolean;
  /** Only opens and verifies the backup. */
  checkOnly: boolean;
  nowMs: number;
}

/** What a restore has done. */
export interface Restored extends Manifest {
  /** Connections whose tokens may be older than the provider's: the relay asks for each as soon as it starts. */
  inDoubt: number;
  /** Where the database lies that was there before; null where there was none, or it was PostgreSQL's. */
  previousFile: string | null;
}

/**
 * Opens and verifies a backup and puts it in the place of the relay's database: as a whole or not at all.
 *
 * Nothing is touched before the backup has been opened and verified. What must not come to life again is left out
 * (`settle`). No relay may serve meanwhile; one that does is found, and then nothing is done.
 *
 * @throws BackupError with what is wrong · ConfigError · NewerSchemaError
 */
export async function restoreBackup(
  config: Config,
  file: string,
  options: RestoreOptions,
  progress: Progress,
): Promise<Restored> {
  if (!existsSync(file)) throw new BackupError(`${file} does not exist.`);
  if (config.vaultKeys.length === 0 && !existsSync(config.vaultKeyFile)) {
    throw new BackupError(
      `The vault key is missing: put its copy back as ${config.vaultKeyFile} (mode 0600), or give it in STAFFETTA_VAULT_KEY.`,
    );
  }
  const keys = loadKeys(config);
  const vault = createVault(keys);
  return inOwnFolder(dirname(config.databaseFile), 'restore', async (folder) => {
    const opened = join(folder, 'relay.sqlite');
    await openFile(file, opened, keys);
    const manifest = await verifyBackup(opened, vault);
    const inDoubt = await settle(opened, vault, options.nowMs);
    if (options.checkOnly) return { ...manifest, inDoubt, previousFile: null };
    const previousFile =
      config.databaseUrl === null
        ? replaceFile(opened, config.databaseFile, options)
        : await replaceRows(opened, config.databaseUrl.reveal(), options, progress);
    return { ...manifest, inDoubt, previousFile };
  });
}

/**
 * What was true at the moment of the backup and may not be now: nobody's session, login or invite of that time counts,
 * and each refresh token may have been spent since. Those are marked as a refresh whose answer was lost, so that the
 * relay asks for each at once: a token that the provider no longer takes ends its connection as `interrupted`.
 *
 * @returns how many connections are in doubt
 */
async function settle(file: string, vault: Vault, nowMs: number): Promise<number> {
  const store = openSqlite(file);
  try {
    const audit = await openAuditLog({ store, vault, now: () => nowMs });
    return await store.transaction(async (statements) => {
      for (const table of [
        'sessions',
        'console_sessions',
        'flows',
        'device_flows',
        'sign_ins',
        'invites',
        'writes',
        'rate_counts',
      ]) {
        await statements.run(`DELETE FROM ${table}`);
      }
      const inDoubt = await doubtEveryRefresh(statements, nowMs);
      await audit.recordIn(statements, { event: 'store_restored', ...operator });
      return inDoubt;
    });
  } finally {
    await store.get('PRAGMA journal_mode = DELETE');
    await store.close();
  }
}

/** Puts a whole file in the place of the embedded database, in one step; the one before stays beside it. */
function replaceFile(opened: string, file: string, { replace, nowMs }: RestoreOptions): string | null {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (!existsSync(file)) {
    // Of a database that is gone: it must not be taken for the new one's.
    for (const rest of ['-wal', '-shm']) rmSync(file + rest, { force: true });
    renameSync(opened, file);
    return null;
  }
  if (!replace && hasRows(file)) {
    throw new BackupError(`${file} is in use by a team. To put the backup in its place: --replace`);
  }
  closeLog(file);
  const previous = `${file}.before-${new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-')}`;
  linkSync(file, previous);
  for (const rest of ['-wal', '-shm']) if (existsSync(file + rest)) renameSync(file + rest, previous + rest);
  renameSync(opened, file);
  return previous;
}

/** Whether a database has a team in it; one that cannot be read may. */
function hasRows(file: string): boolean {
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      const isRelay =
        database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'members'").get() !== undefined;
      return isRelay && database.prepare('SELECT 1 FROM members LIMIT 1').get() !== undefined;
    } finally {
      database.close();
    }
  } catch {
    return true;
  }
}

/** SQLite's code for a database that somebody else has open. */
const busy = 5;

/**
 * Brings the write-ahead log into the file, which only somebody can do who is alone with it.
 *
 * @throws BackupError where a relay has it open
 */
function closeLog(file: string): void {
  try {
    const database = new DatabaseSync(file);
    try {
      database.exec('PRAGMA journal_mode = DELETE');
    } finally {
      database.close();
    }
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === busy)
      throw new BackupError('A relay has this database open: stop it first.', { cause: error });
    // Damaged: that may be why somebody restores. It stays beside the new one as it is.
  }
}

/** Puts all rows in the place of PostgreSQL's, in one transaction. */
async function replaceRows(
  opened: string,
  url: string,
  { replace }: RestoreOptions,
  progress: Progress,
): Promise<null> {
  const source = openSqlite(opened);
  const target = await openStore({ url, file: opened }, { isPatient: true });
  try {
    const others = await target.all(
      'SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = ?',
      relayName,
    );
    if (others.length > 0) throw new BackupError('A relay has this database open: stop it first.');
    const tables = await tablesOf(source);
    await target.transaction(async (statements) => {
      const taken = await statements.get('SELECT id FROM members LIMIT 1');
      if (taken !== undefined && !replace) {
        throw new BackupError(
          'The PostgreSQL database is in use by a team. To put the backup in its place: --replace',
        );
      }
      // With the key of the nonces goes the memory of the proofs that carried them.
      for (const table of ['used_proofs', 'nonce_keys', 'rate_counts']) {
        await statements.run(`DELETE FROM ${table}`);
      }
      await emptyTables(statements, tables);
      await copyRows(source, statements, tables, (table, count) =>
        progress.show(`rows of ${table} restored:`, count, null),
      );
    });
    return null;
  } finally {
    await source.close();
    await target.close();
  }
}
