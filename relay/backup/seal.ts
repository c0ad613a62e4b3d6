import type { KeyObject } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { BackupError } from './backup-error.ts';
import type { VaultKeys } from '../keys/vault.ts';

/**
 * Cost of a guess at the passphrase, as a power of two. The passphrase is a key of 256 random bits, which nobody guesses;
 * scrypt is only what the format asks for.
 */
const scryptCost = 10;

/** A vault key as the passphrase of a backup: base64, as `openssl rand -base64 32` prints it, however it was given. */
const passphraseOf = (key: KeyObject): string => key.export().toString('base64');

// Loaded only where it is used: a relay that serves needs none of it.
const load = () => import('age-encryption');

const contentOf = (file: string): ReadableStream<Uint8Array> =>
  Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>; // Node types its chunks as any

async function write(content: unknown, file: string): Promise<void> {
  const target = createWriteStream(file, { mode: 0o600, flags: 'wx', flush: true });
  await (content as ReadableStream<Uint8Array>).pipeTo(Writable.toWeb(target)); // the DOM's stream is Node's
}

/**
 * Seals `source` into a new file in the age format (https://age-encryption.org/v1): read in pieces, each authenticated,
 * and closed with the vault's first key.
 */
export async function sealFile(source: string, target: string, [key]: VaultKeys): Promise<void> {
  const { Encrypter } = await load();
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphraseOf(key));
  encrypter.setScryptWorkFactor(scryptCost);
  await write(await encrypter.encrypt(contentOf(source) as never), target);
}

/**
 * Opens a sealed file into a new one, with whichever of the vault's keys closed it.
 *
 * @throws BackupError where none of them opens it, or it was altered or cut short; what was written then is worthless
 */
export async function openFile(source: string, target: string, keys: VaultKeys): Promise<void> {
  const { Decrypter } = await load();
  const decrypter = new Decrypter();
  for (const key of keys) decrypter.addPassphrase(passphraseOf(key));
  let content: unknown;
  try {
    content = await decrypter.decrypt(contentOf(source) as never);
  } catch (error) {
    throw new BackupError(
      isWithoutKey(error)
        ? 'No vault key opens this backup: it was made with another one. Give the key of that time in STAFFETTA_VAULT_KEY.'
        : 'This is no backup of a relay, or it was altered.',
      { cause: error },
    );
  }
  try {
    await write(content, target);
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw error;
    throw new BackupError('This backup was altered or cut short.', { cause: error });
  }
}

const isWithoutKey = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('no identity matched');
