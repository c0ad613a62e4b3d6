import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Place, Vault } from '../../relay/keys/vault.ts';
import { credentials, openRelay, vaultOf as vaultOfList, type RelayOptions } from '../relay/harness.ts';
import { Installation } from '../relay/installation.ts';
import { temporaryFolder } from '../relay/process.ts';
import { openTokenEndpoint, type TokenEndpoint } from '../relay/token-endpoint.ts';

/** A day: how long an access token lives. */
export const dayMs = 86_400_000;

/** A relay on a database file, with everything secret that has passed through it. */
export async function openWorked(options: RelayOptions = {}) {
  const endpoint = await openTokenEndpoint();
  const file = join(temporaryFolder(), 'relay.sqlite');
  const relay = await openRelay({ providerOrigin: endpoint.origin, database: file, ...options });
  const secrets = new Set<string>([credentials.clientSecret]);
  const invite = await relay.invite();
  const installation = await Installation.create(relay);
  await installation.enrol(invite);
  secrets.add(invite).add(await installation.openSession());
  const { connection, grant } = await relay.connect(installation);
  return { endpoint, file, relay, installation, secrets, connection, grant };
}

/** Every secret there is: the test's own, and what the provider issued. */
export const allSecrets = (own: Set<string>, endpoint: TokenEndpoint): string[] => [
  ...own,
  ...endpoint.secrets,
];

/** A vault with these keys; the first seals. */
export const vaultOf = (...keys: string[]): Vault => vaultOfList(keys.join(','));

/** A good key, base64. */
export const newKey = (): string => randomBytes(32).toString('base64');

/** Where a sealed value belongs. */
export const place: Place = {
  table: 'connections',
  row: 'con_1',
  column: 'access_token',
  owner: ['mem_1', 'fatture-in-cloud'],
};
