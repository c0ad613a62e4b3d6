import { z } from 'zod';
import { operator } from '../../audit.ts';
import { endInstallations } from '../../people/members.ts';
import { listInstallations } from '../../store/installations.ts';
import { columns, CommandError, defineCommand, Moment, momentOf, quoted, shortMoment } from '../command.ts';

/** The copies of the extension. */
export const installationsList = defineCommand({
  words: 'installations list',
  summary:
    'list the installations with their member, browser and last use; "installations" alone does the same',
  example: 'installations',
  input: z.object({}),
  output: z.object({
    installations: z.array(
      z.object({
        installationId: z.string(),
        memberId: z.string(),
        memberName: z.string(),
        /** As the member's browser called itself. */
        name: z.string(),
        /** Null where it was enrolled before browsers were asked. */
        browser: z.object({ name: z.string(), version: z.string() }).nullable(),
        addedAt: Moment,
        lastUsedAt: Moment,
      }),
    ),
  }),
  run: async ({ open }) => ({
    installations: (await listInstallations((await open()).store)).map((one) => ({
      installationId: one.installationId,
      memberId: one.memberId,
      memberName: one.memberName,
      name: one.name,
      browser: one.browser,
      addedAt: momentOf(one.createdAtMs),
      lastUsedAt: momentOf(one.lastUsedAtMs),
    })),
  }),
  text: ({ installations }) =>
    columns(
      installations.map((one) => [
        one.installationId,
        one.memberId,
        quoted(one.memberName),
        quoted(one.name),
        `last used ${shortMoment(one.lastUsedAt)}`,
      ]),
    ),
});

/** Removes one installation, or all of a member's. */
export const installationsRemove = defineCommand({
  words: 'installations remove',
  summary: 'remove one installation, or all of a member’s; they are refused from the next call on',
  detail: 'The member and their connections stay: a new invite lets another browser in.',
  arguments: { id: 'id of an installation (ins_…), or of a member (mem_…) for all of theirs' },
  example: 'installations remove ins_AAAAAAAAAAAAAAAAAAAAAA',
  input: z.object({ id: z.string() }),
  output: z.object({ removed: z.array(z.string()) }),
  async run({ open }, { id }) {
    const removed = await endInstallations(await open(), operator, id);
    if (removed.length === 0)
      throw new CommandError('No installation and no member with installations has this id.');
    return { removed };
  },
  text: ({ removed }) => [`Removed: ${removed.join(', ')}`],
});
