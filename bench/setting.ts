import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../relay/store/open.ts';
import { createVault, readKey, vaultFits } from '../relay/keys/vault.ts';
import { freePort } from '../scripts/port.ts';
import { startServer, type Server } from './process.ts';
import { seed, type Caller } from './seed.ts';

/** A database with connections and callers in it, and what a relay needs to serve it. */
export interface Setting {
  folder: string;
  vaultKey: string;
  databaseUrl: string | null;
  publicUrl: string;
  callers: Caller[];
  /** Starts a relay on this database; the first one has the public URL's port. */
  startRelay(entry?: string, providerOrigin?: string): Promise<Server>;
  remove(): void;
}

/** The bundled relay, as a team runs it. */
export const bundle = 'dist/relay/relay.js';

/** Seeds a database: embedded, or the empty one at `databaseUrl`. */
export async function openSetting(
  connections: number,
  callers: number,
  databaseUrl: string | null = null,
): Promise<Setting> {
  const folder = mkdtempSync(join(tmpdir(), 'staffetta-bench-'));
  const vaultKey = randomBytes(32).toString('base64');
  const key = readKey(vaultKey);
  if (typeof key === 'string') throw new Error(key);
  const vault = createVault([key]);
  const store = await openStore({ url: databaseUrl, file: join(folder, 'relay.sqlite') });
  await vaultFits(vault, store);
  const made = await seed(store, vault, connections, callers, Date.now());
  if (store.kind === 'postgres') await store.run('ANALYZE');
  await store.close();
  const firstPort = await freePort();
  const publicUrl = `http://127.0.0.1:${firstPort}`;
  let isFirst = true;
  return {
    folder,
    vaultKey,
    databaseUrl,
    publicUrl,
    callers: made,
    async startRelay(entry = bundle, providerOrigin = 'http://127.0.0.1:9') {
      const port = isFirst ? firstPort : await freePort();
      isFirst = false;
      return startServer('relay', entry, port, {
        STAFFETTA_PORT: String(port),
        STAFFETTA_PUBLIC_URL: publicUrl,
        STAFFETTA_DATA_DIR: folder,
        STAFFETTA_VAULT_KEY: vaultKey,
        STAFFETTA_LIMIT_FACTOR: '1000',
        STAFFETTA_FATTURE_IN_CLOUD_CLIENT_ID: 'bench',
        STAFFETTA_FATTURE_IN_CLOUD_CLIENT_SECRET: 'bench',
        STAFFETTA_FATTURE_IN_CLOUD_ORIGIN: providerOrigin,
        ...(databaseUrl === null ? {} : { STAFFETTA_DATABASE_URL: databaseUrl }),
      });
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
