import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { verifyAudit } from '../audit.ts';
import { BackupError } from './backup-error.ts';
import { vaultFits, type Vault } from '../keys/vault.ts';
import { tablesOf } from '../store/copy.ts';
import { openSqlite } from '../store/sqlite.ts';

/** What a backup says of itself, and what is found in it again. */
export const Manifest = z.object({
  madeAt: z.iso.datetime(),
  /** Newest step of the schema that it has. */
  schema: z.int(),
  /** Rows by table. */
  rows: z.record(z.string(), z.int()),
  /** Head of the audit chain, as `audit verify` prints it. */
  auditHead: z.string(),
});
/** What a backup says of itself. */
export type Manifest = z.infer<typeof Manifest>;

/** Where the manifest stands in the copy, beside the team's tables. */
const table = 'backup_manifest';

async function countRows(file: string): Promise<Pick<Manifest, 'schema' | 'rows'>> {
  const store = openSqlite(file, { readOnly: true });
  try {
    const rows: Record<string, number> = {};
    for (const { name } of await tablesOf(store)) {
      if (name === table) continue;
      rows[name] = (await store.get<{ count: number }>(`SELECT count(*) AS count FROM ${name}`))?.count ?? 0;
    }
    const row = await store.get<{ schema: number }>('SELECT max(id) AS schema FROM migrations');
    return { schema: row?.schema ?? 0, rows };
  } finally {
    await store.close();
  }
}

/**
 * Whether the database file is sound, and its audit log whole.
 *
 * Brings its schema up to date.
 *
 * @returns the head of the audit chain
 * @throws BackupError with what is wrong · NewerSchemaError
 */
async function readHeadOf(file: string, vault: Vault): Promise<string> {
  const store = openSqlite(file);
  try {
    const check = await store.get<{ quick_check: string }>('PRAGMA quick_check(1)');
    const orphan = await store.get('PRAGMA foreign_key_check');
    if (check?.quick_check !== 'ok' || orphan !== undefined)
      throw new BackupError('The copy of the database is damaged.');
    if (!(await vaultFits(vault, store)))
      throw new BackupError('The vault key does not open what is sealed in this backup.');
    const verdict = await verifyAudit({ store, vault });
    if (!verdict.isWhole)
      throw new BackupError(
        `The audit log in it is not whole: entry ${verdict.sequence} is ${verdict.fault}.`,
      );
    return verdict.head;
  } finally {
    await store.close();
  }
}

/** Verifies a fresh copy of the database and writes into it what it holds. @throws BackupError */
export async function writeManifest(file: string, vault: Vault, nowMs: number): Promise<Manifest> {
  const auditHead = await readHeadOf(file, vault);
  const manifest: Manifest = { madeAt: new Date(nowMs).toISOString(), ...(await countRows(file)), auditHead };
  const database = new DatabaseSync(file);
  try {
    database.exec(`CREATE TABLE ${table} (text TEXT NOT NULL) STRICT`);
    database.prepare(`INSERT INTO ${table} (text) VALUES (?)`).run(JSON.stringify(manifest));
    // One file from now on: what is still in the write-ahead log comes into it.
    database.exec('PRAGMA journal_mode = DELETE');
  } finally {
    database.close();
  }
  return manifest;
}

/**
 * Verifies an opened backup against what it says of itself, brings its schema up to date, and takes the manifest out of
 * it: what is left is a relay's database.
 *
 * @throws BackupError with what is wrong · NewerSchemaError
 */
export async function verifyBackup(file: string, vault: Vault): Promise<Manifest> {
  const manifest = readManifest(file);
  const found = await countRows(file);
  for (const [name, rows] of Object.entries(manifest.rows)) {
    if (found.rows[name] !== rows)
      throw new BackupError(`The table ${name} in this backup is not what it was.`);
  }
  const auditHead = await readHeadOf(file, vault);
  if (auditHead !== manifest.auditHead)
    throw new BackupError('The audit log in this backup is not what it was.');
  const database = new DatabaseSync(file);
  database.exec(`DROP TABLE ${table}; PRAGMA journal_mode = DELETE`);
  database.close();
  return manifest;
}

function readManifest(file: string): Manifest {
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    const row = database.prepare(`SELECT text FROM ${table}`).get();
    database.close();
    return Manifest.parse(JSON.parse(String(row?.['text'])));
  } catch (error) {
    throw new BackupError('This is no backup of a relay.', { cause: error });
  }
}
