import { Failure } from '../../shared/failure.ts';
import { EmailAddress } from '../../shared/member.ts';
import { CommandError } from './command.ts';

/** An e-mail address as somebody has typed it, in lower case. @throws CommandError */
export function readEmail(text: string): string {
  const email = EmailAddress.safeParse(text);
  if (!email.success) throw new CommandError('This is no e-mail address.');
  return email.data;
}

const reasons = new Map([
  ['sign-in-off', 'Single sign-on is not set up (STAFFETTA_SSO_ISSUER): an address would mean nothing.'],
  [
    'request-invalid',
    'The address is of none of the domains in STAFFETTA_SSO_DOMAINS: nobody with it is taken in.',
  ],
  [
    'address-taken',
    'Somebody on the team has this address already, or was removed with it: in that case "members allow-return" first.',
  ],
  ['changed-meanwhile', 'This member signs in with a work account already, and keeps that one.'],
]);

/** Names an address, and says in words why it cannot be. @throws CommandError */
export async function namingEmail<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const reason = error instanceof Failure ? reasons.get(error.code) : undefined;
    if (reason === undefined) throw error;
    throw new CommandError(reason, { cause: error });
  }
}
