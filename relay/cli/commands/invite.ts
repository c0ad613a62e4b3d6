import { z } from 'zod';
import { MemberId } from '../../../shared/ids.ts';
import { operator } from '../../people/actor.ts';
import { addMember, inviteAgain } from '../../people/members.ts';
import { defineCommand } from '../command.ts';
import { withMember } from './members.ts';

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
    const { link } = MemberId.safeParse(name).success
      ? await withMember(name, (id) => inviteAgain(tools, operator, id))
      : (await addMember(tools, operator, { name })).invite;
    return { link };
  },
  text: ({ link }) => [link],
});
