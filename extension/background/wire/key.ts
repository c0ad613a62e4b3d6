import { PublicKey } from '../../../shared/proof.ts';
import { browser } from '../../browser.ts';

/** The key by which the relay knows this installation. Its private half cannot be exported, not even by us. */
export interface InstallationKey {
  privateKey: CryptoKey;
  publicKey: PublicKey;
}

const databaseName = 'staffetta';
const storeName = 'keys';
const keyName = 'installation';

const settled = <Value>(request: IDBRequest<Value>): Promise<Value> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB')));
  });

const openStore = async (mode: IDBTransactionMode): Promise<IDBObjectStore> => {
  const request = indexedDB.open(databaseName, 1);
  request.addEventListener('upgradeneeded', () => request.result.createObjectStore(storeName));
  return (await settled(request)).transaction(storeName, mode).objectStore(storeName);
};

/**
 * A key by its name, made at first use.
 *
 * Firefox that never keeps anything (permanent private browsing) opens no IndexedDB. There the key lives in
 * `storage.session`, which holds keys in that browser, until the browser is closed.
 */
async function keep<Key>(name: string, make: () => Promise<Key>): Promise<Key> {
  let stored: Key | undefined;
  try {
    stored = await settled((await openStore('readonly')).get(name));
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== 'InvalidStateError') throw error;
    return keepInSession(name, make);
  }
  if (stored !== undefined) return stored;
  const made = await make();
  await settled((await openStore('readwrite')).put(made, name));
  return made;
}

async function keepInSession<Key>(name: string, make: () => Promise<Key>): Promise<Key> {
  const slot = `key ${name}`;
  const { [slot]: stored } = await browser.storage.session.get(slot);
  if (stored !== undefined) return stored as Key; // put there below, and nowhere else
  const made = await make();
  await browser.storage.session.set({ [slot]: made });
  return made;
}

const describe = async ({ privateKey, publicKey }: CryptoKeyPair): Promise<InstallationKey> => {
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey);
  return { privateKey, publicKey: PublicKey.parse({ kty, crv, x, y }) };
};

/** Losing this with the background is harmless: it is read again from IndexedDB. */
let loading: Promise<InstallationKey> | null = null;

/** The installation's key; made at first use. P-256, not extractable, kept in IndexedDB. */
export function installationKey(): Promise<InstallationKey> {
  loading ??= loadOrMake().catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

const draftKeyName = 'drafts';

/** Losing this with the background is harmless, as above. */
let loadingDraftKey: Promise<CryptoKey> | null = null;

/** The key that seals what a member has begun to write; made at first use. AES-256-GCM, not extractable. */
export function draftKey(): Promise<CryptoKey> {
  loadingDraftKey ??= loadOrMakeDraftKey().catch((error: unknown) => {
    loadingDraftKey = null;
    throw error;
  });
  return loadingDraftKey;
}

const loadOrMakeDraftKey = (): Promise<CryptoKey> =>
  keep(draftKeyName, () =>
    crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']),
  );

const loadOrMake = async (): Promise<InstallationKey> =>
  describe(
    await keep(keyName, () =>
      crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']),
    ),
  );
