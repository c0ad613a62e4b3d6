import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Core } from '../core.ts';
import { BackupError } from './backup-error.ts';
import type { Progress } from '../observe/progress.ts';
import { loadKeys } from '../config/keyring.ts';
import { operator } from '../audit.ts';
import { verifyBackup, writeManifest, type Manifest } from './manifest.ts';
import { openFile, sealFile } from './seal.ts';
import { takeSnapshot } from './snapshot.ts';

/** A backup that was made, and opened again to be sure of it. */
export interface Backup extends Manifest {
  bytes: number;
}

/**
 * Works in a folder of its own within the data folder, which nobody else can read, and takes it away afterwards.
 *
 * @param name begins the folder's name
 */
export async function inOwnFolder<Result>(
  dataFolder: string,
  name: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(dataFolder, `${name}-`));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Writes the whole database, as it is at one moment, into one sealed file, while relays serve; then opens that file again,
 * counts its rows and verifies its audit log. Only a backup that has passed gets its name.
 *
 * @throws BackupError where the file exists, or what was written cannot be read again as it was
 */
export async function makeBackup(
  { config, vault, audit, now }: Pick<Core, 'config' | 'vault' | 'audit' | 'now'>,
  file: string,
  progress: Progress,
): Promise<Backup> {
  if (existsSync(file)) throw new BackupError(`${file} exists already: a backup never replaces another.`);
  if (!existsSync(dirname(file))) throw new BackupError(`The folder ${dirname(file)} does not exist.`);
  const keys = loadKeys(config);
  const unfinished = `${file}.unfinished`;
  rmSync(unfinished, { force: true });
  try {
    const manifest = await inOwnFolder(dirname(config.databaseFile), 'backup', async (folder) => {
      const copy = join(folder, 'copy.sqlite');
      await takeSnapshot(config, copy, progress);
      await writeManifest(copy, vault, now());
      await sealFile(copy, unfinished, keys);
      rmSync(copy);
      const reopened = join(folder, 'reopened.sqlite');
      await openFile(unfinished, reopened, keys);
      return verifyBackup(reopened, vault);
    });
    const { size: bytes } = statSync(unfinished);
    renameSync(unfinished, file);
    await audit.record({ event: 'store_backed_up', ...operator });
    return { ...manifest, bytes };
  } finally {
    rmSync(unfinished, { force: true });
  }
}
