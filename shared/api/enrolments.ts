import { z } from 'zod';
import { defineEndpoint, NoParams } from '../endpoint.ts';
import { InstallationId, MemberId } from '../ids.ts';

/** A one-time invite: `inv_` and 128 random bits in base64url. A secret until it is used. */
export const InviteCode = z.string().regex(/^inv_[A-Za-z0-9_-]{22}$/);

/**
 * What an administrator hands to a new member: the relay's address with the invite in the fragment, which no server
 * log ever sees: `https://relay.example.com/#inv_…`.
 */
export const InviteLink = z
  .string()
  .trim()
  .max(300)
  .regex(/^https?:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?\/#inv_[A-Za-z0-9_-]{22}$/)
  .transform((link) => {
    const [relayOrigin = '', invite = ''] = link.split('/#');
    return { relayOrigin, invite };
  });

/** Makes an installation of the member whom the invite was made for. The proof's key becomes the installation's. */
export const createEnrolment = defineEndpoint({
  id: 'createEnrolment',
  summary: 'Enrol this copy of the extension with a one-time invite',
  method: 'POST',
  path: '/v1/enrolments',
  access: 'proof',
  params: NoParams,
  input: z.strictObject({
    invite: InviteCode,
    /** What the administrator sees in the list of installations, such as `Chrome on Linux`. */
    installationName: z.string().trim().min(1).max(80),
  }),
  output: z.object({ installationId: InstallationId, memberId: MemberId, memberName: z.string() }),
  failures: ['invite-invalid'],
});
