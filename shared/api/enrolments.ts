import { z } from 'zod';
import { defineEndpoint, NoParams } from '../endpoint.ts';
import { InstallationId, MemberId } from '../ids.ts';
import { BrowserName, NameLine } from '../member.ts';

/**
 * A one-time invite, a secret until it is used: `inv_` and 128 random bits in base64url, or a short code to be read out,
 * eight letters and digits of Crockford's base 32 as `7KQD-M2XW` (40 random bits).
 */
export const InviteCode = z
  .string()
  .regex(/^(?:inv_[A-Za-z0-9_-]{22}|[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4})$/);

/** The letters of short codes. */
export const shortCodeLetters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A short code as somebody typed what they heard, in its one written form; null where it is none. */
export function readShortCode(typed: string): string | null {
  const letters = typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  const code = `${letters.slice(0, 4)}-${letters.slice(4)}`;
  return InviteCode.safeParse(code).success ? code : null;
}

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
    installationName: NameLine,
    browser: BrowserName.optional(),
  }),
  output: z.object({ installationId: InstallationId, memberId: MemberId, memberName: z.string() }),
  failures: ['invite-invalid'],
});
