import { z } from 'zod';
import { defineEndpoint, NoParams } from '../endpoint.ts';
import { FlowId } from '../ids.ts';
import { Connection } from './connections.ts';
import { Grant } from './grants.ts';

/** Which browser's redirect URL ends the flow. The relay knows the URL itself; the caller can only name the kind. */
export const RedirectKind = z.enum(['chrome', 'firefox', 'tab']);
/** Which browser's redirect URL ends the flow. */
export type RedirectKind = z.infer<typeof RedirectKind>;

/** PKCE challenge between extension and relay: base64url SHA-256 (RFC 7636 §4.2, `S256` only). */
export const CodeChallenge = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** PKCE verifier (RFC 7636 §4.1). */
export const CodeVerifier = z.string().regex(/^[A-Za-z0-9._~-]{43,128}$/);

/** How long a flow may take from its creation, in milliseconds. */
export const flowLifetimeMs = 10 * 60_000;

/** Begins an attempt to connect. `startUrl` is opened in the browser and carries no `redirect_uri`. */
export const createFlow = defineEndpoint({
  id: 'createFlow',
  summary: 'Begin an attempt to connect a provider account',
  method: 'POST',
  path: '/v1/flows',
  access: 'session',
  params: NoParams,
  input: z.strictObject({
    providerId: z.string().max(41),
    scopes: z.array(z.string().max(100)).max(100),
    codeChallenge: CodeChallenge,
    redirectKind: RedirectKind,
    /** The connection is to be the team's: administrators alone. */
    forTeam: z.boolean().optional(),
  }),
  output: z.object({
    flowId: FlowId,
    startUrl: z.url(),
    /** What the answer must carry; the extension compares it before it does anything else. */
    state: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
    /** Epoch milliseconds. */
    expiresAtMs: z.int(),
  }),
  failures: ['provider-misconfigured', 'not-found', 'blocked-by-admin', 'not-admin'],
});

/** What the browser's redirect carries back: a sealed handle, or one error name of RFC 6749 §4.1.2.1. */
export const FlowAnswer = z.union([
  z.object({ state: z.string().max(100), handle: z.string().min(1).max(8192) }),
  z.object({ state: z.string().max(100), error: z.string().max(60) }),
]);

/** Ends an attempt to connect: the relay trades the sealed code for tokens, keeps them, and answers the first grant. */
export const exchangeFlow = defineEndpoint({
  id: 'exchangeFlow',
  summary: 'Finish an attempt to connect; single use',
  method: 'POST',
  path: '/v1/flows/:flowId/exchange',
  access: 'session',
  params: z.object({ flowId: FlowId }),
  input: z.strictObject({ handle: z.string().min(1).max(8192), codeVerifier: CodeVerifier }),
  output: z.object({ connection: Connection, grant: Grant.nullable() }),
  failures: [
    'flow-unknown',
    'flow-expired',
    'flow-used',
    'key-mismatch',
    'provider-down',
    'provider-misconfigured',
    'provider-refused',
  ],
});
