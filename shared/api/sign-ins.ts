import { z } from 'zod';
import { defineEndpoint, NoParams } from '../endpoint.ts';
import { SignInId } from '../ids.ts';
import { BrowserName, NameLine } from '../member.ts';
import { createEnrolment } from './enrolments.ts';
import { CodeChallenge, CodeVerifier, RedirectKind } from './flows.ts';

/** How long a sign-in may take from its beginning, in milliseconds. */
export const signInLifetimeMs = 10 * 60_000;

/** Begins to join the team by single sign-on. `startUrl` is opened in the browser and carries no `redirect_uri`. */
export const createSignIn = defineEndpoint({
  id: 'createSignIn',
  summary: 'Begin to enrol this copy of the extension by single sign-on',
  method: 'POST',
  path: '/v1/sign-ins',
  access: 'proof',
  params: NoParams,
  input: z.strictObject({ codeChallenge: CodeChallenge, redirectKind: RedirectKind }),
  output: z.object({
    signInId: SignInId,
    startUrl: z.url(),
    /** What the answer must carry; the extension compares it before it does anything else. */
    state: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
    /** Epoch milliseconds. */
    expiresAtMs: z.int(),
  }),
  failures: ['sign-in-off'],
});

/** Makes an installation of whoever has signed in. The proof's key, which must be the one that began, becomes its own. */
export const exchangeSignIn = defineEndpoint({
  id: 'exchangeSignIn',
  summary: 'Finish a sign-in and enrol; single use',
  method: 'POST',
  path: '/v1/sign-ins/:signInId/exchange',
  access: 'proof',
  params: z.object({ signInId: SignInId }),
  input: z.strictObject({
    handle: z.string().min(1).max(8192),
    codeVerifier: CodeVerifier,
    installationName: NameLine,
    browser: BrowserName.optional(),
  }),
  output: createEnrolment.output,
  failures: [
    'sign-in-off',
    'sign-in-refused',
    'flow-unknown',
    'flow-expired',
    'flow-used',
    'key-mismatch',
    'response-mismatch',
    'provider-down',
    'provider-unexpected',
  ],
});
