import { Failure } from '../../shared/failure.ts';
import { ConnectionId } from '../../shared/ids.ts';
import { disconnect } from '../disconnect.ts';
import type { RelayApp } from '../http/endpoint.ts';
import { findConnection } from '../store/connections.ts';
import { listConnectionsWithMembers, type ListedConnection } from '../store/listings.ts';
import { teamId } from '../store/members.ts';
import { unwishNotices } from '../webhooks/subscription.ts';
import { h, hint, table, type Markup } from './markup.ts';
import { providerName, statusBadge } from './overview.ts';
import { confirmed, show, type Visit } from './visit.ts';

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
        section(visit, say('connectionsTeam'), teams, say('noTeamConnections')),
        section(visit, say('connectionsOwn'), own, say('noConnections')),
      ],
    };
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
      const subject = { ...actor, memberId };
      const stored = await findConnection(deps.store, connectionId, memberId);
      if (stored === null) throw new Failure('not-found');
      // The last chance to end what the provider sends for it: afterwards there is no token to say so.
      await unwishNotices(deps, stored, { ...subject, connectionId, providerId });
      const revocation = await disconnect(deps, connectionId, memberId, subject);
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

const ownerName = ({ words }: Visit, { memberId, memberName }: ListedConnection): string =>
  memberId === teamId ? words.say('theTeam') : memberName;

function section(
  visit: Visit,
  title: string,
  connections: readonly ListedConnection[],
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
          'a',
          { class: 'button remove', href: `/admin/connections/${one.connectionId}/disconnect` },
          say('disconnectEllipsis'),
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
