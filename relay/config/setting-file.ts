import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';

type Environment = Readonly<Record<string, string | undefined>>;

/** Most that a file with a setting may hold, in bytes: a key or a URL, not a disk. */
const bytesMax = 64 * 1024;

/** Settings whose own value is the path of a file. */
const pathSettings: ReadonlySet<string> = new Set(['STAFFETTA_VAULT_KEY_FILE', 'STAFFETTA_PROVIDERS_FILE']);

/** The text of a small ordinary file, or what is wrong with it, in words that repeat nothing of it. */
function textOf(file: string): { text: string } | { fault: string } {
  let descriptor;
  try {
    descriptor = openSync(file, 'r');
    const { size } = fstatSync(descriptor);
    if (size > bytesMax) return { fault: `names a file of more than ${bytesMax / 1024} KiB` };
    const text = readFileSync(descriptor, 'utf8').trim();
    return text === '' ? { fault: 'names an empty file' } : { text };
  } catch (error) {
    return {
      fault: `names a file that cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
    };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/**
 * Gives every setting `NAME` of which only `NAME_FILE` is there the content of that file: how Docker, Kubernetes and
 * systemd hand out secrets, so that none stands in an environment, which every child and `docker inspect` can read.
 *
 * @param faults takes what is wrong, with the names of the settings; a file that cannot be read is never "not set"
 */
export function withSettingFiles(environment: Environment, faults: string[]): Environment {
  const read: Record<string, string> = {};
  for (const [name, file] of Object.entries(environment)) {
    const setting = /^(STAFFETTA_\w+)_FILE$/.exec(name)?.[1];
    if (setting === undefined || file === undefined || pathSettings.has(name)) continue;
    if (environment[setting] !== undefined) {
      faults.push(`${setting} and ${name} exclude each other`);
      continue;
    }
    const found = textOf(file);
    if ('fault' in found) faults.push(`${name} ${found.fault}`);
    else read[setting] = found.text;
  }
  return { ...environment, ...read };
}
