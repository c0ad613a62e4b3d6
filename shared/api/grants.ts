import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { ConnectionId } from '../ids.ts';

/** A short-lived access token with its expiry and scopes. Lives in memory only; never shown, never logged. */
export const Grant = z.object({
  connectionId: ConnectionId,
  accessToken: z.string().min(1).max(4096),
  /** Epoch milliseconds; the provider may refuse the token from then on. */
  expiresAtMs: z.int(),
  /** As granted, provider spelling. */
  scopes: z.array(z.string()),
});
/** A short-lived access token with its expiry and scopes. */
export type Grant = z.infer<typeof Grant>;

/** Shortest remaining life of an access token that is handed out, in whole seconds. */
export const minTtlSecondsDefault = 60;

/**
 * Answers an access token that stays valid for at least `minTtlSeconds`, refreshing it at the provider if need be.
 *
 * Refused for connections whose calls the relay makes itself: their tokens leave it for no browser.
 */
export const createGrant = defineEndpoint({
  id: 'createGrant',
  summary: 'Get an access token of a connection',
  method: 'POST',
  path: '/v1/connections/:connectionId/grant',
  access: 'session',
  params: z.object({ connectionId: ConnectionId }),
  input: z.strictObject({ minTtlSeconds: z.int().min(30).max(600).default(minTtlSecondsDefault) }),
  output: Grant,
  failures: [
    'not-found',
    'access-brokered',
    'expired',
    'revoked',
    'interrupted',
    'provider-down',
    'provider-misconfigured',
  ],
});
