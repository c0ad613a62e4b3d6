import { z } from 'zod';
import { MemberId } from '../../../shared/ids.ts';
import { CommandError, defineCommand } from '../command.ts';
import { inviteInstallation, inviteMember } from '../invite.ts';

/** Makes a one-time link for a new member, or for a further browser of one. */
export const invite = defineCommand({
  words: 'invite',
  summary: 'add a member and print the link that lets one browser in',
  detail: 'With the id of a member (mem_…) in place of a name: a link for a further browser of theirs.',
  arguments: { name: 'name of the new member, or id of a member' },
  example: 'invite "Mario Rossi"',
  input: z.object({ name: z.string().min(1) }),
  output: z.object({ link: z.url() }),
  async run({ open }, { name }) {
    const tools = await open();
    const isKnown = MemberId.safeParse(name).success;
    const link = await (isKnown ? inviteInstallation : inviteMember)(tools, name, tools.now());
    if (link === null) throw new CommandError('No member has this id.');
    return { link };
  },
  text: ({ link }) => [link],
});
