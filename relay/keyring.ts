import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { KeyObject } from 'node:crypto';
import { ConfigError, type Config } from './config.ts';
import { generateKey, keyFaultReasons, readKey } from './vault.ts';

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
export function loadKeys(config: Config): [KeyObject, ...KeyObject[]] {
  const [first, ...others] = config.vaultKeys;
  if (first !== undefined) {
    return [
      checked('STAFFETTA_VAULT_KEY', first.reveal()),
      ...others.map((key) => checked('STAFFETTA_VAULT_KEY', key.reveal())),
    ];
  }
  const file = config.vaultKeyFile;
  if (!existsSync(file)) {
    if (existsSync(config.databaseFile)) {
      throw new ConfigError([`the key file ${file} is missing, but its database exists: put the key back`]);
    }
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${generateKey()}\n`, { mode: 0o600, flag: 'wx' });
  }
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    throw new ConfigError([`the key file ${file} can be read by others: chmod 600 it`]);
  }
  return [checked(`the key file ${file}`, readFileSync(file, 'utf8'))];
}
