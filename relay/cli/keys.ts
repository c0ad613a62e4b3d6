import { setTimeout as pause } from 'node:timers/promises';
import type { AuditLog } from '../audit.ts';
import { resealVerifier } from '../connection/handle.ts';
import { addOpeningKey, dropOldKeys, promoteNewestKey, settleMs } from '../keys/keyring.ts';
import { listSealedOtherwise, reseal } from '../store/sealed.ts';
import type { Driver } from '../store/driver.ts';
import { operator } from '../people/actor.ts';
import { listFlowsSealedOtherwise, replaceVerifier } from '../store/flows.ts';
import { openToken, sealToken } from '../connection/tokens.ts';
import { forgetOtherKeys, type Vault, type VaultKeys } from '../keys/vault.ts';

/** How many connections are read at a time: a large database must not be held in memory. */
const batchSize = 200;

/** What the commands about keys work with. */
export interface KeyWork {
  store: Driver;
  vault: Vault;
  audit: AuditLog;
  /** Told after each batch how many connections were resealed so far. */
  onProgress(resealed: number): void;
}

/**
 * Seals everything anew with the vault's current key, so that the older keys can be retired.
 *
 * Runs beside serving relays: a connection that is refreshed meanwhile keeps its newer tokens (compare-and-set) and is
 * met again, sealed by whichever key that relay seals with.
 *
 * @returns how many connections were resealed
 * @throws VaultError when something does not open with any key; nothing is retired then
 */
export async function rewrapVault({ store, vault, audit, onProgress }: KeyWork): Promise<number> {
  let resealed = 0;
  for (;;) {
    const batch = await listSealedOtherwise(store, vault.keyId, batchSize);
    if (batch.length === 0) break;
    for (const connection of batch) {
      const anew = (kind: 'accessToken' | 'refreshToken'): string | null => {
        const token = openToken(vault, connection, kind);
        return token === null ? null : sealToken(vault, connection, kind, token);
      };
      const tokens = { accessToken: anew('accessToken'), refreshToken: anew('refreshToken') };
      if (await reseal(store, connection, tokens)) resealed += 1;
    }
    onProgress(resealed);
  }
  for (const flow of await listFlowsSealedOtherwise(store, vault.keyId)) {
    await replaceVerifier(store, flow, resealVerifier(vault, flow));
  }
  for (const sealed of sealedColumns) await resealColumn({ store, vault }, sealed);
  // Beside the embedded database every relay has a key of its own for nonces, in its memory.
  if (store.kind === 'postgres') await resealColumn({ store, vault }, ['nonce_keys', 'id', 'sealed']);
  await forgetOtherKeys(vault, store);
  await audit.record({ event: 'vault_rewrapped', ...operator });
  return resealed;
}

/** Columns beside the tokens that hold something sealed, with the column that names the row. */
const sealedColumns = [
  ['relay_keys', 'name', 'sealed'],
  ['intents', 'id', 'body'],
  ['device_flows', 'id', 'device_code'],
  ['device_flows', 'id', 'user_code'],
  ['webhooks', 'id', 'secret'],
  ['sign_ins', 'id', 'secrets'],
  ['notices', 'id', 'notice'],
] as const;

async function resealColumn(
  { store, vault }: Pick<KeyWork, 'store' | 'vault'>,
  [table, key, column]: readonly [table: string, key: string, column: string],
): Promise<void> {
  const own = `1.${vault.keyId}.%`;
  for (;;) {
    const rows = await store.all<{ id: string | number; sealed: string }>(
      `SELECT ${key} AS id, ${column} AS sealed FROM ${table}
       WHERE ${column} <> '' AND ${column} NOT LIKE ? LIMIT ?`,
      own,
      batchSize,
    );
    if (rows.length === 0) return;
    for (const { id, sealed } of rows) {
      const place = { table, row: String(id), column, owner: [] };
      // Whoever has changed it meanwhile has sealed it with the new key.
      await store.run(
        `UPDATE ${table} SET ${column} = ? WHERE ${key} = ? AND ${column} = ?`,
        vault.seal(place, vault.open(place, sealed)),
        id,
        sealed,
      );
    }
  }
}

/**
 * Draws a new vault key into the key file and seals everything with it, while relays serve.
 *
 * Each relay on this key file reads it again within a second. The new key first only opens, then seals, so that no
 * relay meets a value whose key it does not know yet.
 *
 * @param readKeys reads the key file
 */
export async function rotateKeys(file: string, readKeys: () => VaultKeys, work: KeyWork): Promise<number> {
  addOpeningKey(file);
  await pause(settleMs);
  promoteNewestKey(file);
  work.vault.renew(readKeys());
  await pause(settleMs);
  return rewrapVault(work);
}

/**
 * Takes every key but the current one out of the key file, once nothing is sealed with them any more.
 *
 * @returns how many keys were taken out
 */
export async function retireKeys(file: string, work: KeyWork): Promise<number> {
  await rewrapVault(work);
  return dropOldKeys(file);
}
