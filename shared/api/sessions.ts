import { z } from 'zod';
import { defineEndpoint, NoInput, NoParams } from '../endpoint.ts';
import { InstallationId } from '../ids.ts';

/** Opens a session for the enrolled key that signed the proof. The token is worthless without that key. */
export const createSession = defineEndpoint({
  id: 'createSession',
  summary: 'Open a session bound to the key of this installation',
  method: 'POST',
  path: '/v1/sessions',
  access: 'proof',
  params: NoParams,
  input: NoInput,
  output: z.object({
    sessionToken: z.string().regex(/^ses_[A-Za-z0-9_-]{43}$/),
    /** Epoch milliseconds. */
    expiresAtMs: z.int(),
    installationId: InstallationId,
    memberName: z.string(),
    /** When somebody without this installation's key last tried to use a session of it, epoch milliseconds; told once. */
    misusedAtMs: z.int().nullable().default(null),
  }),
  failures: ['not-enrolled'],
});
