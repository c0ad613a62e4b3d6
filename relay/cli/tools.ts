import { openAuditLog } from '../audit.ts';
import { createClock } from '../clock.ts';
import { ConfigError, readConfig, type Config } from '../config/config.ts';
import { loadKeys } from '../config/keyring.ts';
import { createVault, vaultFits } from '../keys/vault.ts';
import type { Driver } from '../store/driver.ts';
import { openStore } from '../store/open.ts';
import type { Surroundings, Tools } from './command.ts';
import { createProgress } from './progress.ts';

/** Where the settings say that the rows are. */
export const placeOf = ({
  databaseUrl,
  databaseFile,
}: Pick<Config, 'databaseUrl' | 'databaseFile'>): { url: string | null; file: string } => ({
  url: databaseUrl?.reveal() ?? null,
  file: databaseFile,
});

async function openTools(config: Config, opened: Driver[]): Promise<Tools> {
  const vault = createVault(loadKeys(config));
  const store = await openStore(placeOf(config));
  opened.push(store);
  if (!(await vaultFits(vault, store))) {
    throw new ConfigError(['the vault key does not open this database: start with the key it was made with']);
  }
  const now = createClock();
  return { config, store, vault, audit: await openAuditLog({ store, vault, now }), now };
}

/** The surroundings of one command, and how they are cleared away after it. */
export function createSurroundings(host: {
  env: Surroundings['environment'];
  stdin: NodeJS.ReadStream;
  stderr: NodeJS.WriteStream;
}): { around: Surroundings; clear(): Promise<void> } {
  const opened: Driver[] = [];
  const progress = createProgress(host.stderr);
  const around: Surroundings = {
    environment: host.env,
    stdin: host.stdin,
    progress,
    readConfig: () => readConfig(host.env),
    open: (config = readConfig(host.env)) => openTools(config, opened),
    keepOpen: () => void opened.splice(0),
  };
  return {
    around,
    async clear() {
      progress.clear();
      // An open connection would keep a process that has nothing left to do.
      for (const store of opened) await store.close();
    },
  };
}
