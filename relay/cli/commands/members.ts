import { z } from 'zod';
import { Removal } from '../../../shared/api/members.ts';
import { Failure } from '../../../shared/failure.ts';
import { MemberId } from '../../../shared/ids.ts';
import { MemberRole } from '../../../shared/member.ts';
import { noMetrics } from '../../observe/metrics.ts';
import { operator } from '../../audit.ts';
import { nameEmail } from '../../people/emails.ts';
import { editMember, expelMember } from '../../people/members.ts';
import { allowReturn } from '../../sso/members.ts';
import { listEmails } from '../../store/identities.ts';
import { listMembersWithUse } from '../../store/listings.ts';
import { noTraces } from '../../observe/traces.ts';
import { namingEmail, readEmail } from '../email.ts';
import { columns, CommandError, defineCommand, Moment, momentOf, quoted, shortMoment } from '../command.ts';

const roles = MemberRole.options.join(', ');

/** Does something for the member with this id. @throws CommandError where there is none, or it would be one too few */
export async function withMember<Result>(
  text: string,
  work: (id: MemberId) => Promise<Result>,
): Promise<Result> {
  const id = MemberId.safeParse(text).data;
  try {
    if (id === undefined) throw new Failure('not-found');
    return await work(id);
  } catch (error) {
    const code = error instanceof Failure ? error.code : '';
    if (code === 'not-found') throw new CommandError('No member has this id.', { cause: error });
    if (code === 'last-admin')
      throw new CommandError('This is the last administrator: make somebody else one first.', {
        cause: error,
      });
    throw error;
  }
}

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
        role: MemberRole,
        /** Of their work account, also while it is only named. */
        email: z.string().nullable(),
        installations: z.int(),
        connections: z.int(),
        addedAt: Moment,
        lastUsedAt: Moment.nullable(),
      }),
    ),
  }),
  async run({ open }) {
    const { store } = await open();
    const emails = await listEmails(store);
    return {
      members: (await listMembersWithUse(store)).map(({ createdAtMs, lastSeenAtMs, ...member }) =>
        Object.assign(member, {
          email: emails.get(member.memberId) ?? null,
          addedAt: momentOf(createdAtMs),
          lastUsedAt: lastSeenAtMs === null ? null : momentOf(lastSeenAtMs),
        }),
      ),
    };
  },
  text: ({ members }) =>
    columns(
      members.map((one) => [
        one.memberId,
        quoted(one.name),
        one.role,
        one.email ?? 'no work account',
        `${one.installations} installations`,
        `${one.connections} connections`,
        `last used ${shortMoment(one.lastUsedAt)}`,
      ]),
    ),
});

/** A member's role. */
export const membersRole = defineCommand({
  words: 'members role',
  summary: `say what a member may do for the team: ${roles}`,
  detail:
    'An admin changes what holds for the whole team; an auditor reads lists and the audit log and changes nothing.',
  arguments: { member: 'id of the member (mem_…)', role: `one of ${roles}` },
  example: 'members role mem_AAAAAAAAAAAAAAAAAAAAAA admin',
  input: z.object({
    member: z.string(),
    role: z.enum(MemberRole.options, { error: `must be one of ${roles}` }),
  }),
  output: z.object({ memberId: MemberId, role: MemberRole }),
  run: ({ open }, { member, role }) =>
    withMember(member, async (memberId) => {
      await editMember(await open(), operator, memberId, { role });
      return { memberId, role };
    }),
  text: ({ memberId, role }) => [`${memberId} is now: ${role}.`],
});

/** The address of a member's work account. */
export const membersEmail = defineCommand({
  words: 'members email',
  summary: 'say which work account is a member’s, by its address; without an address take that back',
  detail:
    'At the first sign-in with that address, verified by the identity provider, they are this member, with what is theirs, instead of a new one. Once they have signed in the account stays.',
  arguments: {
    member: 'id of the member (mem_…)',
    '[address]': 'e-mail address, of one of the team’s domains',
  },
  example: 'members email mem_AAAAAAAAAAAAAAAAAAAAAA mario@example.com',
  input: z.object({ member: z.string(), address: z.string().optional() }),
  output: z.object({ memberId: MemberId, address: z.string().nullable() }),
  run: ({ open }, { member, address: typed }) =>
    withMember(member, async (memberId) => {
      const address = typed === undefined ? null : readEmail(typed);
      const tools = await open();
      await namingEmail(() => nameEmail(tools, operator, memberId, address));
      return { memberId, address };
    }),
  text: ({ memberId, address }) => [
    address === null ? `No address is named for ${memberId}.` : `Who signs in as ${address} is ${memberId}.`,
  ],
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
  output: Removal,
  run: ({ open }, { member }) =>
    withMember(member, async (memberId) => {
      const tools = { ...(await open()), metrics: noMetrics, traces: noTraces };
      return expelMember(tools, operator, memberId);
    }),
  text: ({ installations, connections }) => [
    `Removed, with ${installations} installations and ${connections.length} connections.`,
    ...connections.map(({ id, providerId, revocation }) => `${id} at ${providerId}: ${revocation}`),
  ],
});

/** Lets somebody who was removed sign in again. */
export const membersAllowReturn = defineCommand({
  words: 'members allow-return',
  summary: 'let whoever was removed and had this address sign in with their work account again',
  detail:
    'They come as a new member. Until then neither their account nor another one with the same address gets in (single sign-on).',
  arguments: { address: 'their e-mail address' },
  example: 'members allow-return mario@example.com',
  input: z.object({ address: z.string() }),
  output: z.object({ address: z.string() }),
  async run({ open }, { address }) {
    if (!(await allowReturn(await open(), operator, address)))
      throw new CommandError('Nobody who was removed had this address.');
    return { address: address.trim().toLowerCase() };
  },
  text: ({ address }) => [`${address} can sign in again.`],
});
