import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import type { Statements } from '../store/driver.ts';
import type { Place, Vault } from './vault.ts';

/** What the relay keeps a key of its own for: chaining the audit log and naming tokens in it; signing recipes; recognising short invites. */
export type RelayKeyName = 'audit' | 'recipes' | 'invites';

const relayKeyPlace = (name: string): Place => ({
  table: 'relay_keys',
  row: name,
  column: 'sealed',
  owner: [],
});

/**
 * A 256-bit key that all instances of this relay share, sealed in their database; drawn by the first that asks.
 *
 * It outlives the vault keys: `keys rewrap` seals it anew.
 *
 * @throws VaultError when the stored key was tampered with
 */
export async function loadRelayKey(
  statements: Statements,
  vault: Vault,
  name: RelayKeyName,
): Promise<KeyObject> {
  const place = relayKeyPlace(name);
  const read = () => statements.get<{ sealed: string }>('SELECT sealed FROM relay_keys WHERE name = ?', name);
  let row = await read();
  if (row === undefined) {
    const drawn = vault.seal(place, randomBytes(32).toString('base64'));
    await statements.run(
      'INSERT INTO relay_keys (name, sealed) VALUES (?, ?) ON CONFLICT (name) DO NOTHING',
      name,
      drawn,
    );
    row = await read();
  }
  return createSecretKey(Buffer.from(vault.open(place, row?.sealed ?? ''), 'base64'));
}
