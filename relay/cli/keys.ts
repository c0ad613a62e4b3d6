import { setTimeout as pause } from 'node:timers/promises';
import { addOpeningKey, dropOldKeys, promoteNewestKey, settleMs } from '../config/keyring.ts';
import type { VaultKeys } from '../keys/vault.ts';
import { rewrapVault, type RewrapWork } from '../rewrap.ts';

/**
 * Draws a new vault key into the key file and seals everything with it, while relays serve.
 *
 * Each relay on this key file reads it again within a second. The new key first only opens, then seals, so that no
 * relay meets a value whose key it does not know yet.
 *
 * @param readKeys reads the key file
 */
export async function rotateKeys(file: string, readKeys: () => VaultKeys, work: RewrapWork): Promise<number> {
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
export async function retireKeys(file: string, work: RewrapWork): Promise<number> {
  await rewrapVault(work);
  return dropOldKeys(file);
}
