import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { failed, ok, warning, type Examined, type Finding } from './finding.ts';

const megabyte = 1_000_000;

/** Room without which the embedded database may stop to take writes at any moment, in bytes. */
const leastBytes = 50 * megabyte;

/** Room that every start should leave beside what a backup needs, in bytes. */
const comfortBytes = 500 * megabyte;

/** The folder itself, or the nearest above it that exists. */
const existing = (folder: string): string => (existsSync(folder) ? folder : existing(dirname(folder)));

/** Whether the data folder can be written, and has room: for the database, and for a copy of it while a backup is made. */
export function examineDisk({ config }: Pick<Examined, 'config'>): Finding[] {
  const folder = existing(dirname(config.databaseFile));
  return [examineRights(folder), examineRoom(folder, config.databaseFile), ...examineRemains(folder)];
}

function examineRights(folder: string): Finding {
  try {
    rmSync(mkdtempSync(join(folder, 'doctor-')), { recursive: true });
    return ok('data folder, writing', `${folder} can be written.`);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return failed(
      'data folder, writing',
      `${folder} cannot be written (${code}).`,
      'Give it to the user whom the relay runs as, and mount it for writing.',
    );
  }
}

function examineRoom(folder: string, databaseFile: string): Finding {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const database = existsSync(databaseFile) ? statSync(databaseFile).size : 0;
  const says = `${Math.floor(free / megabyte)} MB are free at ${folder}.`;
  const mend = 'Make room, or move the data folder (STAFFETTA_DATA_DIR).';
  if (free < leastBytes) return failed('disk space', says, mend);
  // A backup opens what it has written: two copies at most lie there for a moment.
  if (free < 2 * database + comfortBytes) return warning('disk space', `${says} A backup may not fit.`, mend);
  return ok('disk space', says);
}

/** Copies of the database that a backup or restore has left behind which was ended in the middle. */
function examineRemains(folder: string): Finding[] {
  const remains = readdirSync(folder).filter((name) => /^(?:backup|restore)-[A-Za-z0-9]{6}$/.test(name));
  return remains.map((name) =>
    warning(
      'data folder, remains',
      `${join(folder, name)} is left over from a backup or restore that did not end.`,
      'Unless one is running now, remove it: there is a copy of the database in it.',
    ),
  );
}
