import { recordAudit } from '../audit.ts';
import { listSealedOtherwise, reseal } from '../store/connections.ts';
import type { Driver } from '../store/driver.ts';
import { openToken, sealToken } from '../tokens.ts';
import { forgetOtherKeys, type Vault } from '../vault.ts';

/** How many connections are read at a time: a large database must not be held in memory. */
const batchSize = 200;

/**
 * Seals every token anew with the vault's current key, so that the older keys can be retired.
 *
 * Runs beside a serving relay: a connection that is refreshed meanwhile keeps its newer tokens (compare-and-set) and is
 * met again, sealed by whichever key that relay seals with. A login that was begun before may still hold a verifier
 * under the old key; logins end within ten minutes.
 *
 * @param onProgress told after each batch how many connections were resealed so far
 * @returns how many connections were resealed
 * @throws VaultError when a token does not open with any key; nothing is retired then
 */
export async function rewrapVault(
  store: Driver,
  vault: Vault,
  now: () => number,
  onProgress: (resealed: number) => void,
): Promise<number> {
  let resealed = 0;
  for (;;) {
    const batch = await listSealedOtherwise(store, vault.keyId, batchSize);
    if (batch.length === 0) break;
    for (const connection of batch) {
      const accessToken = openToken(vault, connection, 'accessToken');
      const refreshToken = openToken(vault, connection, 'refreshToken');
      const isDone = await reseal(store, connection, {
        accessToken: accessToken === null ? null : sealToken(vault, connection, 'accessToken', accessToken),
        refreshToken:
          refreshToken === null ? null : sealToken(vault, connection, 'refreshToken', refreshToken),
      });
      if (isDone) resealed += 1;
    }
    onProgress(resealed);
  }
  await forgetOtherKeys(vault, store);
  await recordAudit(store, now(), 'vault_rewrapped', 'done', {});
  return resealed;
}
