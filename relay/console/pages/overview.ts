import type { RelayApp } from '../../http/env.ts';
import {
  countConnections,
  countDays,
  countHeads,
  type ConnectionCount,
  type DayCount,
} from '../../store/overview.ts';
import { card, h, hint, table, type Markup } from '../frame/markup.ts';
import { providerName, statusBadge } from '../frame/names.ts';
import { barPlot } from '../frame/plot.ts';
import { show, type Visit } from '../frame/visit.ts';

const dayMs = 86_400_000;
const days = 7;

/** Serves the page that says how things are. */
export function serveOverview(app: RelayApp): void {
  show(app, '/', async (visit) => {
    const { deps, words } = visit;
    const startMs = deps.now() - days * dayMs;
    const [connections, heads, counts] = await Promise.all([
      countConnections(deps.store),
      countHeads(deps.store, startMs),
      countDays(deps.store, startMs),
    ]);
    const working = sumOf(connections.filter(({ status }) => status === 'active'));
    const tile = (number: string, text: string): Markup =>
      h('li', null, h('span', { class: 'number' }, number), text);
    const { say } = words;
    return {
      title: say('overview'),
      body: [
        h(
          'ul',
          { class: 'tiles' },
          tile(String(heads.members), say('tileMembers', heads.activeMembers)),
          tile(String(heads.installations), say('tileInstallations', heads.activeInstallations)),
          tile(`${working}/${sumOf(connections)}`, say('tileConnections')),
        ),
        h(
          'div',
          { class: 'columns' },
          connectionsCard(visit, connections),
          refreshesCard(visit, counts, startMs),
          callsCard(visit, counts),
          quotaCard(visit),
        ),
      ],
    };
  });
}

const sumOf = (counts: ReadonlyArray<{ count: number }>): number =>
  counts.reduce((sum, { count }) => sum + count, 0);

function connectionsCard(visit: Visit, connections: readonly ConnectionCount[]): Markup {
  const { say } = visit.words;
  const rows = connections.map(({ providerId, status, count }) => [
    providerName(visit, providerId),
    statusBadge(visit.words, status),
    String(count),
  ]);
  return card(
    say('connections'),
    rows.length === 0
      ? hint(say('noConnections'))
      : table(say('connectionsByState'), [say('provider'), say('state'), say('count')], rows),
    h('p', null, h('a', { href: '/admin/connections' }, say('allConnections'))),
  );
}

function refreshesCard({ words }: Visit, counts: readonly DayCount[], startMs: number): Markup {
  const { say, weekday } = words;
  const bars = Array.from({ length: days }, (_, index) => {
    const ofDay = counts.filter(({ day }) => day === index);
    const isGood = ({ event }: DayCount): boolean => event === 'connection_refreshed';
    return {
      label: weekday(startMs + (index + 1) * dayMs),
      good: sumOf(ofDay.filter(isGood)),
      bad: sumOf(ofDay.filter((count) => !isGood(count))),
    };
  });
  const said = bars.map(({ label, good, bad }) => say('plotDay', label, good, bad)).join('; ');
  return card(
    say('refreshes'),
    hint(say('refreshesExplained')),
    barPlot(`${say('refreshes')}: ${said}`, bars),
    counts.length === 0 ? hint(say('noRefreshes')) : null,
  );
}

function callsCard(visit: Visit, counts: readonly DayCount[]): Markup {
  const { say, causeOf } = visit.words;
  const tally = visit.deps.metrics.tally();
  const rows = [...visit.deps.config.providers.keys()].map((id) => {
    const calls = tally.filter(({ providerId }) => providerId === id);
    const failed = calls.filter(({ outcome }) => outcome !== 'done');
    const broken = counts.filter(
      ({ providerId, event }) => providerId === id && event !== 'connection_refreshed',
    );
    return [
      providerName(visit, id),
      String(calls.reduce((sum, one) => sum + one.calls, 0)),
      failed.length === 0
        ? say('none')
        : failed.map(({ outcome, calls: times }) => h('div', null, `${times} × ${causeOf(outcome)}`)),
      String(sumOf(broken)),
    ];
  });
  return card(
    say('errors'),
    hint(say('callsExplained')),
    rows.length === 0
      ? hint(say('noProviders'))
      : table(say('errors'), [say('provider'), say('calls'), say('failedCalls'), say('brokenWeek')], rows),
  );
}

function quotaCard(visit: Visit): Markup {
  const { say } = visit.words;
  const rows = visit.deps.quotas.used().map(({ providerId, companyId, calls, perSeconds, used }) => [
    providerName(visit, providerId),
    companyId ?? say('wholeAccount'),
    say('inTime', calls, visit.words.span(perSeconds)),
    [
      h('meter', {
        min: 0,
        max: calls,
        low: Math.round(calls * 0.2),
        optimum: calls,
        value: calls - used,
        'aria-label': say('quotaLeft'),
      }),
      h('div', null, say('left', calls - used)),
    ],
  ]);
  return card(
    say('quotaLeft'),
    rows.length === 0 ? null : hint(say('quotaExplained')),
    rows.length === 0
      ? hint(say('noQuota'))
      : table(say('quotaLeft'), [say('provider'), say('company'), say('allowed'), say('quotaLeft')], rows),
  );
}
