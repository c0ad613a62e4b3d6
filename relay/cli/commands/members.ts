import { z } from 'zod';
import { MemberId } from '../../../shared/ids.ts';
import { listMembersWithUse } from '../../store/listings.ts';
import { setRole, type Role } from '../../store/members.ts';
import { columns, CommandError, defineCommand, Moment, momentOf, quoted, shortMoment } from '../command.ts';
import { removeMember } from '../remove-member.ts';

const roles = ['member', 'admin'] as const satisfies readonly Role[];

const noMember = (): CommandError => new CommandError('No member has this id.');

/** The people of the team. */
export const membersList = defineCommand({
  words: 'members list',
  summary: 'list the members with their role and what they use; "members" alone does the same',
  example: 'members',
  input: z.object({}),
  output: z.object({
    members: z.array(
      z.object({
        memberId: MemberId,
        name: z.string(),
        role: z.string(),
        installations: z.int(),
        connections: z.int(),
        addedAt: Moment,
        lastUsedAt: Moment.nullable(),
      }),
    ),
  }),
  run: async ({ open }) => ({
    members: (await listMembersWithUse((await open()).store)).map(
      ({ createdAtMs, lastSeenAtMs, ...member }) =>
        Object.assign(member, {
          addedAt: momentOf(createdAtMs),
          lastUsedAt: lastSeenAtMs === null ? null : momentOf(lastSeenAtMs),
        }),
    ),
  }),
  text: ({ members }) =>
    columns(
      members.map((one) => [
        one.memberId,
        quoted(one.name),
        one.role,
        `${one.installations} installations`,
        `${one.connections} connections`,
        `last used ${shortMoment(one.lastUsedAt)}`,
      ]),
    ),
});

/** A member's role. */
export const membersRole = defineCommand({
  words: 'members role',
  summary: `say what a member may do for the team: ${roles.join(' or ')}`,
  detail: 'An admin changes what holds for the whole team, such as its recipes.',
  arguments: { member: 'id of the member (mem_…)', role: roles.join(' or ') },
  example: 'members role mem_AAAAAAAAAAAAAAAAAAAAAA admin',
  input: z.object({
    member: z.string(),
    role: z.enum(roles, { error: `must be ${roles.join(' or ')}` }),
  }),
  output: z.object({ memberId: MemberId, role: z.enum(roles) }),
  async run({ open }, { member, role }) {
    const { store, audit } = await open();
    const memberId = MemberId.safeParse(member).data;
    if (memberId === undefined || !(await setRole(store, memberId, role))) throw noMember();
    await audit.record({ event: 'role_given', memberId });
    return { memberId, role };
  },
  text: ({ memberId, role }) => [`${memberId} is now: ${role}.`],
});

/** Removes a member with all that is theirs. */
export const membersRemove = defineCommand({
  words: 'members remove',
  summary: 'remove a member with their installations, connections and invites',
  detail:
    'Their browsers are refused from the next call on, and their tokens are erased here and taken back at the provider where it has a way to. What they did stays in the audit log.',
  arguments: { member: 'id of the member (mem_…)' },
  example: 'members remove mem_AAAAAAAAAAAAAAAAAAAAAA',
  input: z.object({ member: z.string() }),
  output: z.object({
    memberId: MemberId,
    installations: z.array(z.string()),
    connections: z.array(z.string()),
  }),
  async run({ open }, { member }) {
    const memberId = MemberId.safeParse(member).data;
    const removed = memberId === undefined ? null : await removeMember(await open(), memberId);
    if (removed === null) throw noMember();
    return removed;
  },
  text: ({ memberId, installations, connections }) => [
    `Removed ${memberId} with ${installations.length} installations and ${connections.length} connections.`,
  ],
});
