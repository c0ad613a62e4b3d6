import type { KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError, type Config } from './config.ts';
import type { Log } from '../observe/log.ts';
import { generateKey, keyFaultReasons, readKey, type Vault, type VaultKeys } from '../keys/vault.ts';

const checked = (name: string, text: string): KeyObject => {
  const key = readKey(text);
  if (typeof key === 'string') throw new ConfigError([`${name} ${keyFaultReasons[key]}`]);
  return key;
};

/**
 * The vault's keys, from the environment or the key file.
 *
 * A key file is made only together with a new database: beside an existing one a fresh key could open nothing, and
 * would hide that the right key is gone.
 *
 * @throws ConfigError for a missing, malformed, short, zero or predictable key, or a file others can read
 */
export function loadKeys(config: Config): VaultKeys {
  const [first, ...others] = config.vaultKeys;
  if (first !== undefined) {
    return [
      checked('STAFFETTA_VAULT_KEY', first.reveal()),
      ...others.map((key) => checked('STAFFETTA_VAULT_KEY', key.reveal())),
    ];
  }
  const file = config.vaultKeyFile;
  if (!existsSync(file)) {
    if (config.databaseUrl !== null) {
      throw new ConfigError([
        'with PostgreSQL the vault key must be given (STAFFETTA_VAULT_KEY or STAFFETTA_VAULT_KEY_FILE), the same to every instance',
      ]);
    }
    if (existsSync(config.databaseFile)) {
      throw new ConfigError([`the key file ${file} is missing, but its database exists: put the key back`]);
    }
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${generateKey()}\n`, { mode: 0o600, flag: 'wx' });
  }
  if (isOpenToOthers(file)) {
    throw new ConfigError([`the key file ${file} can be read by others: chmod 600 it`]);
  }
  const [current, ...older] = linesOf(file).map((line) => checked(`the key file ${file}`, line));
  return [current ?? checked(`the key file ${file}`, ''), ...older];
}

/**
 * Whether somebody else may read or change a key file. One that belongs to us is ours alone; one that an orchestrator
 * has put there belongs to root, and its group is how we read it (Kubernetes' `fsGroup`, systemd's credentials).
 */
function isOpenToOthers(file: string): boolean {
  if (process.platform === 'win32') return false;
  const { mode, uid } = statSync(file);
  const isGiven = uid === 0 && process.getuid?.() !== 0;
  return (mode & (isGiven ? 0o037 : 0o077)) !== 0;
}

const linesOf = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');

/** Replaces the key file as a whole: a reader finds the old one or the new one. */
function writeLines(file: string, lines: readonly string[]): void {
  writeFileSync(`${file}.new`, `${lines.join('\n')}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Adds a fresh key at the end of the key file: it only opens. */
export function addOpeningKey(file: string): void {
  writeLines(file, [...linesOf(file), generateKey()]);
}

/** Puts the last key of the key file in front: it seals from now on, the others still open. */
export function promoteNewestKey(file: string): void {
  const lines = linesOf(file);
  writeLines(file, [...lines.slice(-1), ...lines.slice(0, -1)]);
}

/** Leaves only the first key in the key file; answers how many went. */
export function dropOldKeys(file: string): number {
  const [current = '', ...older] = linesOf(file);
  if (older.length > 0) writeLines(file, [current]);
  return older.length;
}

/** How often a serving relay looks whether its key file has changed, in milliseconds. */
const lookEveryMs = 1_000;

/** Time after which every relay on a changed key file has read it, in milliseconds. */
export const settleMs = 2 * lookEveryMs + 500;

/**
 * Keeps `vault` at the keys in the key file, so that keys can be changed while the relay serves.
 *
 * @returns ends it
 */
export function followKeyFile(config: Config, vault: Vault, log: Log): () => void {
  if (config.vaultKeys.length > 0) return () => undefined;
  const stampOf = (): number => statSync(config.vaultKeyFile).mtimeMs;
  let seen = stampOf();
  const timer = setInterval(() => {
    try {
      if (stampOf() === seen) return;
      seen = stampOf();
      vault.renew(loadKeys(config));
      log.info({ keyId: vault.keyId }, 'vault keys read again');
    } catch (error) {
      log.error({ err: error }, 'the changed key file cannot be used; the keys read before stay in use');
    }
  }, lookEveryMs);
  return () => clearInterval(timer);
}
