import { z } from 'zod';
import { MemberId } from '../../../shared/ids.ts';
import { operator } from '../../audit.ts';
import { addMember, inviteAgain } from '../../people/members.ts';
import { CommandError, defineCommand } from '../command.ts';
import { namingEmail, readEmail } from '../email.ts';
import { withMember } from './members.ts';

/** Makes a one-time link for a new member, or for a further browser of one. */
export const invite = defineCommand({
  words: 'invite',
  summary: 'add a member and print the link that lets one browser in',
  detail:
    'With the id of a member (mem_…) in place of a name: a link for a further browser of theirs. With single sign-on, --email says which work account is this member’s: at the first sign-in with it they are this member, and not a second one.',
  arguments: { name: 'name of the new member, or id of a member' },
  options: { '--email <address>': 'address of their work account, of one of the team’s domains' },
  example: 'invite "Mario Rossi"',
  input: z.object({ name: z.string().min(1), email: z.string().optional() }),
  output: z.object({ link: z.url() }),
  async run({ open }, { name, email }) {
    const isKnown = MemberId.safeParse(name).success;
    if (isKnown && email !== undefined) {
      throw new CommandError(`This is a member already; their address: members email ${name} ADDRESS`);
    }
    const address = email === undefined ? null : readEmail(email);
    const tools = await open();
    const { link } = isKnown
      ? await withMember(name, (id) => inviteAgain(tools, operator, id))
      : (await namingEmail(() => addMember(tools, operator, { name, email: address }))).invite;
    return { link };
  },
  text: ({ link }) => [link],
});
