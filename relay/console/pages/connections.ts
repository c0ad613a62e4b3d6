import { Failure } from '../../../shared/failure.ts';
import { Audience } from '../../../shared/audience.ts';
import { ConnectionId } from '../../../shared/ids.ts';
import { endConnection } from '../../sharing/disconnect.ts';
import type { RelayApp } from '../../http/env.ts';
import { shareWithTeam } from '../../sharing/share.ts';
import { findConnection } from '../../store/connections.ts';
import { listShared } from '../../store/team-connections.ts';
import { listConnectionsWithMembers, type ListedConnection } from '../../store/listings.ts';
import { selectMembers, teamId } from '../../store/members.ts';
import { audienceFields, audienceIn, audienceText } from './audience.ts';
import { giveButton } from './give.ts';
import { h, hint, table, type Markup } from '../frame/markup.ts';
import { providerName, statusBadge } from '../frame/names.ts';
import { change, confirmed, show, type Visit } from '../frame/visit.ts';

/** Serves the connections, the team's and everybody's own, without anything that is behind them. */
export function serveConnectionPages(app: RelayApp): void {
  show(app, '/connections', async (visit) => {
    const { say } = visit.words;
    const all = await listConnectionsWithMembers(visit.deps.store);
    const teams = all.filter(({ memberId }) => memberId === teamId);
    const own = all.filter(({ memberId }) => memberId !== teamId);
    return {
      title: say('connections'),
      body: [
        section(visit, say('connectionsTeam'), teams, all, say('noTeamConnections')),
        await audiencesCard(visit),
        section(visit, say('connectionsOwn'), own, all, say('noConnections')),
      ],
    };
  });

  show(app, '/connections/:connectionId/audience', async (visit) => {
    if (!visit.isAdmin) throw new Failure('not-admin');
    const { say } = visit.words;
    const { id, providerId, sharedWith } = await sharedOf(visit);
    return {
      title: say('whoUsesTitle', providerName(visit, providerId)),
      back: '/connections',
      body: visit.form(
        { action: `/admin/connections/${id}/audience`, class: 'card' },
        await audienceFields(visit, sharedWith ?? undefined),
        h('button', { type: 'submit', class: 'primary' }, say('save')),
      ),
    };
  });

  change(app, '/connections/:connectionId/audience', {
    async act(visit, form) {
      const { deps, member, actor } = visit;
      const { id } = await sharedOf(visit);
      const sharedWith = Audience.safeParse(audienceIn(form));
      if (!sharedWith.success) throw new Failure('request-invalid', { fields: ['groups'] });
      await shareWithTeam(deps, member.memberId, id, sharedWith.data, actor);
      return { to: '/connections', done: 'audienceChanged' };
    },
  });

  confirmed(
    app,
    '/connections/:connectionId/disconnect',
    async (visit) => {
      const { say } = visit.words;
      const found = await listedOf(visit);
      const provider = providerName(visit, found.providerId);
      return {
        title: say('disconnectAsk', provider),
        lines: [
          say('disconnectWhose', provider, ownerName(visit, found)),
          say('disconnectErased'),
          say(found.memberId === teamId ? 'disconnectTeam' : 'disconnectAgain'),
        ],
        button: say('disconnect'),
        back: '/connections',
      };
    },
    async (visit) => {
      const { deps, actor, words } = visit;
      const { connectionId, memberId, providerId } = await listedOf(visit);
      const stored = await findConnection(deps.store, connectionId, memberId);
      if (stored === null) throw new Failure('not-found');
      const revocation = await endConnection(deps, stored, { ...actor, memberId });
      const { say } = words;
      return {
        title: say('disconnected', providerName(visit, providerId)),
        back: '/connections',
        body: h('section', { class: 'card', role: 'status' }, h('p', null, say(`revocation-${revocation}`))),
      };
    },
  );
}

async function listedOf(visit: Visit): Promise<ListedConnection> {
  const id = ConnectionId.safeParse(visit.param('connectionId')).data;
  const found = (await listConnectionsWithMembers(visit.deps.store)).find(
    ({ connectionId }) => connectionId === id,
  );
  if (found === undefined) throw new Failure('not-found');
  return found;
}

/** The team's connection that the path names; one of a member's own is shared from the extension. */
async function sharedOf(visit: Visit) {
  const id = ConnectionId.safeParse(visit.param('connectionId')).data;
  const found = id === undefined ? null : await findConnection(visit.deps.store, id, teamId);
  if (found === null) throw new Failure('not-found');
  return found;
}

async function audiencesCard(visit: Visit): Promise<Markup> {
  const { deps, words, isAdmin } = visit;
  const [shared, members] = await Promise.all([listShared(deps.store), selectMembers(deps.store)]);
  if (shared.length === 0) return null;
  const names = new Map<string, string>(members.map(({ id, name }) => [id, name]));
  const { say } = words;
  return h(
    'section',
    { class: 'card' },
    h('h2', null, say('whoUses')),
    table(
      say('whoUses'),
      [say('provider'), say('whoMay'), say('action')],
      shared.map(({ id, providerId, sharedWith }) => [
        providerName(visit, providerId),
        audienceText(words, sharedWith, names),
        isAdmin
          ? h('a', { class: 'button', href: `/admin/connections/${id}/audience` }, say('change'))
          : null,
      ]),
    ),
  );
}

const ownerName = ({ words }: Visit, { memberId, memberName }: ListedConnection): string =>
  memberId === teamId ? words.say('theTeam') : memberName;

function section(
  visit: Visit,
  title: string,
  connections: readonly ListedConnection[],
  all: readonly ListedConnection[],
  empty: string,
): Markup {
  const { words, isAdmin } = visit;
  const { say, moment, methodOf } = words;
  const rows = connections.map((one) => [
    ownerName(visit, one),
    providerName(visit, one.providerId),
    [
      statusBadge(words, one.status),
      one.refreshAskedAtMs === null ? null : h('div', { class: 'hint' }, say('inDoubt')),
    ],
    methodOf(one.method),
    one.method === 'manual-token' ? say('neverEnds') : moment(one.refreshedAtMs),
    isAdmin
      ? h(
          'div',
          { class: 'row' },
          giveButton(visit, one, all),
          h(
            'a',
            { class: 'button remove', href: `/admin/connections/${one.connectionId}/disconnect` },
            say('disconnectEllipsis'),
          ),
        )
      : null,
  ]);
  const heads = [say('owner'), say('provider'), say('state'), say('way'), say('lastRefresh'), say('action')];
  return h(
    'section',
    { class: 'card', 'data-search': say('search') },
    h('h2', null, title),
    rows.length === 0 ? hint(empty) : table(say('connectionsCaption'), heads, rows),
  );
}
