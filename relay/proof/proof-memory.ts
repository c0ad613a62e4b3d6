import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { Failure } from '../../shared/failure.ts';
import { proofWindowSeconds } from '../../shared/proof.ts';
import { digest } from '../keys/random.ts';
import type { Driver } from '../store/driver.ts';
import type { Place, Vault } from '../keys/vault.ts';

/**
 * What must be remembered so that no proof is accepted twice: the used ones, and the key that signs nonces.
 *
 * The two are lost together or not at all. A proof carries a nonce, so a proof from before the loss is refused and its
 * sender, told a fresh nonce, signs again.
 */
export interface ProofMemory {
  /** The key that signs nonces now. */
  nonceKey(): KeyObject;
  /**
   * Remembers a proof for at least the time in which it would be accepted.
   *
   * @returns false where it was used before
   */
  remember(id: string): Promise<boolean>;
  /** Forgets proofs that would no longer be accepted. */
  sweep(): Promise<void>;
}

const windowMs = 2 * proofWindowSeconds * 1000;

/**
 * A memory in this process, for a relay of one instance.
 *
 * Two generations instead of a time per entry: an entry lives for one to two windows, and forgetting is one assignment.
 *
 * @param max how many proofs are remembered at most; beyond it proofs are refused, never forgotten early
 */
export function createProofMemory(now: () => number, max = 200_000): ProofMemory {
  const nonceKey = createSecretKey(randomBytes(32));
  let current = new Set<string>();
  let previous = new Set<string>();
  let turnedAtMs = now();

  const turn = (): void => {
    const elapsedMs = now() - turnedAtMs;
    if (elapsedMs < windowMs) return;
    previous = elapsedMs >= 2 * windowMs ? new Set() : current;
    current = new Set();
    turnedAtMs = now();
  };
  return {
    nonceKey: () => nonceKey,
    async remember(id) {
      turn();
      if (current.has(id) || previous.has(id)) return false;
      if (current.size >= max) throw new Failure('rate-limited', { retryAfterSeconds: 60 });
      current.add(id);
      return true;
    },
    async sweep() {
      turn();
    },
  };
}

const noncePlace: Place = { table: 'nonce_keys', row: '1', column: 'sealed', owner: [] };

/**
 * A memory that all instances share through PostgreSQL, in unlogged tables.
 *
 * A crash of the server empties both tables; each proof is therefore remembered only beside the key whose nonce it
 * carries, in one statement.
 */
export async function openSharedProofMemory(
  store: Driver,
  vault: Vault,
  now: () => number,
): Promise<ProofMemory> {
  const load = async (): Promise<{ sealed: string; key: KeyObject }> => {
    const drawn = vault.seal(noncePlace, randomBytes(32).toString('base64'));
    await store.run('INSERT INTO nonce_keys (id, sealed) VALUES (1, ?) ON CONFLICT (id) DO NOTHING', drawn);
    const row = await store.get<{ sealed: string }>('SELECT sealed FROM nonce_keys WHERE id = 1');
    const sealed = row?.sealed ?? drawn;
    return { sealed, key: createSecretKey(Buffer.from(vault.open(noncePlace, sealed), 'base64')) };
  };
  let known = await load();
  const insert = async (id: string, sealed: string): Promise<boolean> => {
    const added = await store.run(
      `INSERT INTO used_proofs (id, expires_at_ms) SELECT ?, CAST(? AS BIGINT)
       WHERE EXISTS (SELECT 1 FROM nonce_keys WHERE id = 1 AND sealed = ?) ON CONFLICT (id) DO NOTHING`,
      digest(id),
      now() + windowMs,
      sealed,
    );
    return added === 1;
  };
  return {
    nonceKey: () => known.key,
    async remember(id) {
      for (;;) {
        const { sealed, key } = known;
        if (await insert(id, sealed)) return true;
        // Of several that are under way while the key is sealed anew, another may have loaded it already.
        if (known.sealed === sealed) known = await load();
        if (known.sealed === sealed) return false;
        // With another key the nonce of this proof is none of ours any more; the same one is only written otherwise.
        if (!known.key.equals(key)) throw new Failure('nonce-required');
      }
    },
    async sweep() {
      await store.run('DELETE FROM used_proofs WHERE expires_at_ms < ?', now());
    },
  };
}
