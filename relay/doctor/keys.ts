import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError } from '../config/config.ts';
import { loadKeys } from '../config/keyring.ts';
import { createVault, type Vault } from '../keys/vault.ts';
import { failed, ok, warning, type Examined, type Finding } from './finding.ts';

const about = 'vault key';

/**
 * The vault's keys: there, good, and nobody else's to read. Makes none.
 *
 * @returns null for the vault where there is none to open anything with
 */
export function examineKeys({ config }: Pick<Examined, 'config'>): {
  findings: Finding[];
  vault: Vault | null;
} {
  const { vaultKeyFile, vaultKeys, databaseUrl, databaseFile } = config;
  const isGiven = vaultKeys.length > 0;
  if (!isGiven && !existsSync(vaultKeyFile) && databaseUrl === null && !existsSync(databaseFile)) {
    return { findings: [ok(about, 'The first start draws one, together with its database.')], vault: null };
  }
  try {
    const vault = createVault(loadKeys(config));
    const place = isGiven ? 'STAFFETTA_VAULT_KEY' : vaultKeyFile;
    return {
      findings: [ok(about, `${place} can be used. Keep a copy of it, away from the backups.`)],
      vault,
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const says = error.faults.join('; ');
    const mend = says.includes('chmod')
      ? `chmod 600 ${vaultKeyFile}`
      : 'Put the copy of the key back. Without it nothing in the database opens, and no other key helps.';
    return { findings: [failed(about, `${says}.`, mend)], vault: null };
  }
}

/** Whether others of this machine may look into the data folder. */
export function examineFolder({ config }: Pick<Examined, 'config'>): Finding[] {
  const folder = dirname(config.databaseFile);
  if (config.databaseUrl !== null || !existsSync(folder) || process.platform === 'win32') return [];
  return (statSync(folder).mode & 0o077) === 0
    ? [ok('data folder', `${folder} is its owner’s alone.`)]
    : [warning('data folder', `Others of this machine can look into ${folder}.`, `chmod 700 ${folder}`)];
}
