import { PublicKey } from '../../shared/proof.ts';

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

async function loadOrMakeDraftKey(): Promise<CryptoKey> {
  const stored: CryptoKey | undefined = await settled((await openStore('readonly')).get(draftKeyName));
  if (stored !== undefined) return stored;
  const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
  await settled((await openStore('readwrite')).put(made, draftKeyName));
  return made;
}

async function loadOrMake(): Promise<InstallationKey> {
  const stored: CryptoKeyPair | undefined = await settled((await openStore('readonly')).get(keyName));
  if (stored !== undefined) return describe(stored);
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
    'sign',
    'verify',
  ]);
  await settled((await openStore('readwrite')).put(pair, keyName));
  return describe(pair);
}
