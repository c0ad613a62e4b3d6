import { listConnections } from '../../shared/api/connections.ts';
import { createGrant } from '../../shared/api/grants.ts';
import { openRelay, type RelayOptions, type TestRelay } from '../relay/harness.ts';
import { Installation } from '../relay/installation.ts';
import { openTokenEndpoint } from '../relay/token-endpoint.ts';

/** A day: how long an access token lives. */
export const dayMs = 86_400_000;

/** A connected member whose access token ends in `leftMs`, and the provider behind. */
export async function openConnected(leftMs: number, options: RelayOptions = {}) {
  const endpoint = await openTokenEndpoint();
  const relay = await openRelay({ providerOrigin: endpoint.origin, ...options });
  const installation = await relay.join();
  const { connection, grant } = await relay.connect(installation);
  relay.clock.advance(grant.expiresAtMs - relay.now() - leftMs);
  await installation.openSession();
  endpoint.calls.length = 0;
  const params = { connectionId: connection.id };
  return {
    endpoint,
    relay,
    installation,
    params,
    first: grant,
    grant: () => installation.call(createGrant, { params, input: {} }),
    refused: () => installation.refusal(createGrant, { params, input: {} }),
  };
}

interface Kept {
  status: string;
  access_token: string | null;
  refresh_token: string | null;
  token_version: number;
}

/** What is kept of the one connection. */
export const rowOf = async (relay: TestRelay): Promise<Kept | undefined> =>
  relay.store.get<Kept>('SELECT status, access_token, refresh_token, token_version FROM connections');

/** Lines of the log at level error, parsed. */
export const alarms = (relay: TestRelay): Array<Record<string, unknown>> =>
  relay.log.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ level }) => level === 50);

/** How the member's connections stand. */
export const statusOf = async (installation: Installation) =>
  (await installation.call(listConnections)).connections.map(({ status }) => status);
