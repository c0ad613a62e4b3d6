import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Driver } from './driver.ts';
import type { PostgresOptions } from './postgres.ts';
import { openSqlite } from './sqlite.ts';

/**
 * Opens the database that the settings name, with its schema up to date: PostgreSQL, or the embedded one.
 *
 * @throws Failure `storage-unavailable`
 * @throws NewerSchemaError
 */
export async function openStore(
  { url, file }: { url: string | null; file: string },
  options: PostgresOptions = {},
): Promise<Driver> {
  if (url !== null) {
    // Loaded only where it is used: the embedded database needs none of it.
    const { openPostgres } = await import('./postgres.ts');
    return openPostgres(url, options);
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  return openSqlite(file);
}
