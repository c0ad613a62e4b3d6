import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from '../shared/failure.ts';
import { inviteMember } from './cli/invite.ts';
import { rewrapVault } from './cli/rewrap.ts';
import { serveRelay } from './cli/serve.ts';
import { ConfigError, readConfig } from './config.ts';
import { loadKeys } from './keyring.ts';
import { createLog } from './log.ts';
import { openSqlite } from './store/sqlite.ts';
import { createVault, vaultFits } from './vault.ts';

const usage = `Usage:
  relay                 run the relay
  relay invite NAME     add a member and print a one-time invite link
  relay keys rewrap     seal everything anew with the first vault key, so that the others can be retired
`;

/** Runs one command; the composition root of the relay. */
async function main(args: readonly string[]): Promise<void> {
  const [command = 'serve', name, ...rest] = args;
  const isInvite = command === 'invite' && name !== undefined && rest.length === 0;
  const isRewrap = command === 'keys' && name === 'rewrap' && rest.length === 0;
  if (!isInvite && !isRewrap && !(command === 'serve' && name === undefined)) {
    process.stderr.write(usage);
    process.exitCode = 2;
    return;
  }
  process.umask(0o077);
  const config = readConfig(process.env);
  const vault = createVault(loadKeys(config));
  mkdirSync(dirname(config.databaseFile), { recursive: true, mode: 0o700 });
  const store = openSqlite(config.databaseFile);
  if (!(await vaultFits(vault, store))) {
    throw new ConfigError(['the vault key does not open this database: start with the key it was made with']);
  }
  if (isInvite) {
    process.stdout.write(`${await inviteMember(store, config, name, Date.now())}\n`);
    await store.close();
    return;
  }
  if (isRewrap) {
    const resealed = await rewrapVault(store, vault, Date.now, (count) => {
      process.stderr.write(`${count} connections sealed anew\n`);
    });
    process.stdout.write(`Done: ${resealed} connections. The other keys can be taken out of the settings.\n`);
    await store.close();
    return;
  }
  const relay = await serveRelay(config, { log: createLog(config.logLevel), store, vault, now: Date.now });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void relay.stop());
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  const isKnown = error instanceof ConfigError || error instanceof Failure;
  const text =
    error instanceof Failure && error.code === 'storage-unavailable'
      ? `The relay cannot start:\n  - the database cannot be opened or written: ${String(error.cause)}`
      : String(error instanceof Error ? error.message : error);
  process.stderr.write(`${isKnown ? text : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = 1;
});
