import type { Audience } from '../../../shared/audience.ts';
import { Failure } from '../../../shared/failure.ts';
import type { MemberId } from '../../../shared/ids.ts';
import type { RelayApp } from '../../http/env.ts';
import { giveBackConnection, shareWithTeam } from '../../sharing/share.ts';
import { listConnectionsWithMembers, type ListedConnection } from '../../store/listings.ts';
import { findMember, teamId } from '../../store/members.ts';
import { h, type Markup } from '../frame/markup.ts';
import { providerName } from '../frame/names.ts';
import { confirmed, type Visit } from '../frame/visit.ts';

/** Who may use what was just given: whoever gives it decides on the next page, so nobody gets it by surprise. */
const atFirst: Audience = { roles: ['admin'], groups: [], members: [] };

/** Whether `one` is the visitor's own and can become the team's: nobody gives away another's account. */
const isGivable = (
  { member, isAdmin }: Visit,
  one: ListedConnection,
  all: readonly ListedConnection[],
): boolean =>
  isAdmin && one.memberId === member.memberId && one.status === 'active' && !hasOne(all, teamId, one);

/** Whose the team's connection can be again; null where nobody gave it, or they have another by now. */
const giverOf = (
  { isAdmin }: Visit,
  one: ListedConnection,
  all: readonly ListedConnection[],
): MemberId | null => {
  const { givenBy, status } = one;
  const isTheirs = isAdmin && givenBy !== null && one.memberId === teamId && status === 'active';
  return isTheirs && !hasOne(all, givenBy, one) ? givenBy : null;
};

const hasOne = (
  all: readonly ListedConnection[],
  memberId: MemberId,
  { providerId }: Pick<ListedConnection, 'providerId'>,
): boolean => all.some((one) => one.memberId === memberId && one.providerId === providerId);

/** The way to give a connection to the team, or back; null where neither can be done with it. */
export function giveButton(visit: Visit, one: ListedConnection, all: readonly ListedConnection[]): Markup {
  const { say } = visit.words;
  const link = (act: string, text: string): Markup =>
    h('a', { class: 'button', href: `/admin/connections/${one.connectionId}/${act}` }, text);
  if (isGivable(visit, one, all)) return link('give', say('giveEllipsis'));
  return giverOf(visit, one, all) === null ? null : link('give-back', say('giveBackEllipsis'));
}

/** Serves giving an administrator's own connection to the team, and back to whom it came from. */
export function serveGivingPages(app: RelayApp): void {
  confirmed(
    app,
    '/connections/:connectionId/give',
    async (visit) => {
      const { say } = visit.words;
      const { one, all } = await foundOf(visit);
      if (!isGivable(visit, one, all)) throw new Failure('not-found');
      const provider = providerName(visit, one.providerId);
      return {
        title: say('giveAsk', provider),
        lines: [
          say('giveWhat', provider),
          say('giveWho'),
          say('giveOwn'),
          say('giveNotices'),
          say('giveReturn'),
        ],
        button: say('give'),
        back: '/connections',
      };
    },
    async (visit) => {
      const { deps, actor, member } = visit;
      const { connectionId, memberId } = (await foundOf(visit)).one;
      // The team's by now: who may use it was decided on another page.
      if (memberId !== member.memberId) throw new Failure('changed-meanwhile');
      await shareWithTeam(deps, member.memberId, connectionId, atFirst, actor);
      return { to: `/connections/${connectionId}/audience`, done: 'given' };
    },
  );

  confirmed(
    app,
    '/connections/:connectionId/give-back',
    async (visit) => {
      const { say } = visit.words;
      const { one, all } = await foundOf(visit);
      const memberId = giverOf(visit, one, all);
      const giver = memberId === null ? null : await findMember(visit.deps.store, memberId);
      if (giver === null) throw new Failure('not-found');
      const provider = providerName(visit, one.providerId);
      return {
        title: say('giveBackAsk', provider, giver.name),
        lines: [
          say('giveBackWhat', giver.name),
          say('giveBackOthers', provider),
          say('giveBackTokens'),
          say('giveBackNotices', giver.name),
        ],
        button: say('giveBack'),
        back: '/connections',
      };
    },
    async (visit) => {
      const { connectionId } = (await foundOf(visit)).one;
      await giveBackConnection(visit.deps, connectionId, visit.actor);
      return { to: '/connections', done: 'givenBack' };
    },
  );
}

async function foundOf(visit: Visit): Promise<{ one: ListedConnection; all: ListedConnection[] }> {
  const all = await listConnectionsWithMembers(visit.deps.store);
  const one = all.find(({ connectionId }) => connectionId === visit.param('connectionId'));
  if (one === undefined) throw new Failure('not-found');
  return { one, all };
}
