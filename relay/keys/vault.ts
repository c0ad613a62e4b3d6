import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hash,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import type { Statements } from '../store/driver.ts';

/**
 * Where a sealed value lives. All of it is authenticated with the value (AES-GCM associated data), so a value that
 * is moved to another table, row, column or owner no longer opens.
 */
export interface Place {
  table: string;
  row: string;
  column: string;
  /** The member, provider or key the value belongs to; the parts are fixed per column. */
  owner: readonly string[];
}

/** A value that does not open: moved, altered, truncated, or sealed with a key that is not in the keyring. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
}

/** Seals what must not be read at rest, and opens it again in its own place only. */
export interface Vault {
  /** @returns `1.<key id>.<base64url of nonce, ciphertext and tag>` */
  seal(place: Place, text: string): string;
  /** @throws VaultError when the value does not belong to `place`, was altered, or its key is gone */
  open(place: Place, sealed: string): string;
  /** Names the key that seals; not secret. */
  readonly keyId: string;
  /** Names the keys of the configuration, the one that seals first; not secret. */
  readonly keyIds: readonly string[];
  /** Seals with the first of `keys` from now on; keys known before still open. */
  renew(keys: VaultKeys): void;
}

/** The keys of a vault: the first seals, all open. */
export type VaultKeys = readonly [KeyObject, ...KeyObject[]];

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** Reasons to refuse a key before anything is sealed with it. */
export type KeyFault = 'missing' | 'malformed' | 'short' | 'zero' | 'example';

/**
 * Reads one 256-bit key written in base64, base64url or hexadecimal.
 *
 * @returns the key, or why it must not be used: a predictable key is as good as none
 */
export function readKey(text: string): KeyObject | KeyFault {
  const trimmed = text.trim();
  if (trimmed === '') return 'missing';
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(trimmed)) return 'malformed';
  const bytes = /^[0-9a-f]{64}$/i.test(trimmed)
    ? Buffer.from(trimmed, 'hex')
    : Buffer.from(trimmed, 'base64');
  if (bytes.length < 32) return 'short';
  if (bytes.length > 32) return 'malformed';
  if (bytes.every((byte) => byte === 0)) return 'zero';
  // Few distinct bytes, an ascending run or plain words: typed or copied from a document, not drawn at random.
  const steps = new Set(bytes.subarray(1).map((byte, index) => byte - (bytes[index] ?? 0)));
  if (new Set(bytes).size < 12 || steps.size === 1 || bytes.every((byte) => byte >= 32 && byte < 127)) {
    return 'example';
  }
  return createSecretKey(bytes);
}

/** What is wrong with a key, in words for the operator. */
export const keyFaultReasons: Record<KeyFault, string> = {
  missing: 'is empty',
  malformed: 'is not 32 bytes in base64, base64url or hexadecimal',
  short: 'is shorter than 32 bytes',
  zero: 'is all zeros',
  example: 'is predictable (repeated, ascending or plain text); make one with: openssl rand -base64 32',
};

/** A new random key in base64, for a key file. */
export function generateKey(): string {
  return randomBytes(32).toString('base64');
}

const keyIdOf = (key: KeyObject): string => hash('sha256', key.export(), 'hex').slice(0, 8);

/** A vault whose first key seals and whose every key opens. */
export function createVault(keys: VaultKeys): Vault {
  const keyring = new Map(keys.map((key) => [keyIdOf(key), key]));
  let [current] = keys;
  let keyId = keyIdOf(current);
  let keyIds = keys.map(keyIdOf);

  const associatedData = (place: Place, id: string): Buffer =>
    Buffer.from(JSON.stringify([place.table, place.row, place.column, place.owner, id]));

  return {
    get keyId() {
      return keyId;
    },
    get keyIds() {
      return keyIds;
    },
    renew(renewed) {
      for (const key of renewed) keyring.set(keyIdOf(key), key);
      [current] = renewed;
      keyId = keyIdOf(current);
      keyIds = renewed.map(keyIdOf);
    },
    seal(place, text) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, current, nonce, { authTagLength: tagBytes });
      cipher.setAAD(associatedData(place, keyId));
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `1.${keyId}.${sealed.toString('base64url')}`;
    },
    open(place, sealed) {
      const [version, id = '', body = '', rest] = sealed.split('.');
      const key = keyring.get(id);
      if (version !== '1' || rest !== undefined || key === undefined)
        throw new VaultError('unknown key or form');
      const bytes = Buffer.from(body, 'base64url');
      // Node also takes the other alphabet, and bits at the end that say nothing: one value has one form.
      if (bytes.toString('base64url') !== body) throw new VaultError('another form');
      if (bytes.length < nonceBytes + tagBytes) throw new VaultError('truncated');
      const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(associatedData(place, id));
      decipher.setAuthTag(bytes.subarray(-tagBytes));
      try {
        const opened = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
        return Buffer.concat([opened, decipher.final()]).toString('utf8');
      } catch (error) {
        throw new VaultError('altered, moved, or sealed by another key', { cause: error });
      }
    },
  };
}

const checkPlace = (keyId: string): Place => ({
  table: 'vault_checks',
  row: keyId,
  column: 'sealed',
  owner: [],
});

/** Whether `vault` opens what this database holds: each database remembers the keys it was sealed with. */
export async function vaultOpens(vault: Vault, statements: Statements): Promise<boolean> {
  return (await readChecks(statements)).every(({ key_id, sealed }) => {
    try {
      return vault.open(checkPlace(key_id), sealed) === key_id;
    } catch {
      return false;
    }
  });
}

const readChecks = (statements: Statements): Promise<Array<{ key_id: string; sealed: string }>> =>
  statements.all('SELECT key_id, sealed FROM vault_checks');

/**
 * Whether `vault` opens what this database holds.
 *
 * Records the current key on first use, so that a later start with another key is refused before it answers anybody.
 */
export async function vaultFits(vault: Vault, statements: Statements): Promise<boolean> {
  if (!(await vaultOpens(vault, statements))) return false;
  const checks = await readChecks(statements);
  if (!checks.some(({ key_id }) => key_id === vault.keyId)) await noteKey(vault, statements);
  return true;
}

async function noteKey(vault: Vault, statements: Statements): Promise<void> {
  await statements.run(
    // Several instances may start at once.
    'INSERT INTO vault_checks (key_id, sealed) VALUES (?, ?) ON CONFLICT (key_id) DO NOTHING',
    vault.keyId,
    vault.seal(checkPlace(vault.keyId), vault.keyId),
  );
  // One that was put back in front is in use again.
  await statements.run('DELETE FROM retired_keys WHERE key_id = ?', vault.keyId);
}

/** Lets the database do without every key but the current one: from now on it starts without them. */
export async function retireOtherKeys(vault: Vault, statements: Statements, nowMs: number): Promise<void> {
  await noteKey(vault, statements);
  await statements.run(
    `INSERT INTO retired_keys (key_id, retired_at_ms) SELECT key_id, 0 FROM vault_checks WHERE key_id <> ?
     ON CONFLICT (key_id) DO NOTHING`,
    vault.keyId,
  );
  await statements.run('DELETE FROM vault_checks WHERE key_id <> ?', vault.keyId);
  // Those of before, too: something may have been sealed with one of them again.
  await statements.run('UPDATE retired_keys SET retired_at_ms = ?', nowMs);
}
