import { z } from 'zod';
import { Failure } from '../../../shared/failure.ts';
import { MemberId } from '../../../shared/ids.ts';
import { drawLink } from '../../console/pages/link.ts';
import { selectMembers } from '../../store/members.ts';
import { CommandError, defineCommand, Moment, momentOf, quoted, shortMoment } from '../command.ts';

/** Lets somebody into the administrators' console. */
export const consoleLink = defineCommand({
  words: 'console',
  summary: 'print a link that opens the console in a browser, once, within five minutes',
  detail:
    'Without an id it is for the only administrator. Whoever has the link is that person in the console: send it to nobody else.',
  arguments: { '[member]': 'id of an administrator or auditor (mem_…)' },
  example: 'console',
  input: z.object({ member: z.string().optional() }),
  output: z.object({ link: z.url(), memberId: MemberId, expiresAt: Moment }),
  async run({ open }, { member }) {
    const tools = await open();
    const admins = (await selectMembers(tools.store)).filter(({ role }) => role === 'admin');
    const given = member === undefined ? (admins.length === 1 ? admins[0]?.id : undefined) : member;
    if (given === undefined && admins.length === 0) {
      throw new CommandError(
        'Nobody is an administrator yet: invite somebody, then: members role mem_… admin',
      );
    }
    if (given === undefined) {
      const list = admins.map(({ id, name }) => `  ${id}  ${quoted(name)}`).join('\n');
      throw new CommandError(`There are several administrators. Name one:\n${list}`);
    }
    try {
      const memberId = MemberId.safeParse(given).data;
      if (memberId === undefined) throw new Failure('not-found');
      const { link, expiresAtMs } = await drawLink(tools, memberId);
      return { link, memberId, expiresAt: momentOf(expiresAtMs) };
    } catch (error) {
      const code = error instanceof Failure ? error.code : '';
      if (code === 'not-found') throw new CommandError('No member has this id.', { cause: error });
      if (code === 'not-admin') {
        throw new CommandError('The console is for administrators and auditors: members role mem_… admin', {
          cause: error,
        });
      }
      throw error;
    }
  },
  text: ({ link, expiresAt }) => [link, `Good once, until ${shortMoment(expiresAt)} (UTC).`],
});
