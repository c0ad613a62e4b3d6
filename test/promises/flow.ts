import { expect } from 'vitest';
import { chromeExtensionIdDefault } from '../../relay/config/config.ts';
import { openRelay, type TestRelay } from '../relay/harness.ts';
import { openTokenEndpoint } from '../relay/token-endpoint.ts';

/** Where a flow begun in Chrome ends. */
export const chromeTarget = `https://${chromeExtensionIdDefault}.chromiumapp.org/connected`;

/** A relay whose provider is a scripted token endpoint. */
export async function openPair(options: Parameters<typeof openRelay>[0] = {}) {
  const endpoint = await openTokenEndpoint();
  const relay = await openRelay({ providerOrigin: endpoint.origin, ...options });
  return { endpoint, relay };
}

/** The one static page, whatever the reason. */
export async function expectDeadEnd(response: Response): Promise<void> {
  expect(response.status).toBe(400);
  expect(response.headers.get('location')).toBeNull();
  expect(response.headers.get('content-type')).toMatch(/^text\/html/);
  expect(await response.text()).toContain('Questo collegamento non è più valido.');
}

/** What is kept of tokens, sealed; null where there is none. */
export const storedTokens = (relay: TestRelay) =>
  relay.store.all<{ access_token: string | null }>('SELECT access_token FROM connections');
