import { auditEvents, verifyAudit, type AuditVerdict } from '../../audit.ts';
import type { RelayApp } from '../../http/env.ts';
import { findEntries, type AuditEntry, type AuditFilter } from '../../store/audit.ts';
import { selectMembers } from '../../store/members.ts';
import { bytesOf, csvLines, jsonLines } from './audit-export.ts';
import { choice, field, h, hint, table, type Markup } from '../frame/markup.ts';
import { change, show, type Visit } from '../frame/visit.ts';
import { dayStartMs } from '../frame/time.ts';

const pageSize = 25;

/** Serves the audit log: searched, paged, taken away as a file, and verified. */
export function serveAuditPages(app: RelayApp): void {
  show(app, '/audit', async (visit) => {
    const { say } = visit.words;
    const filter = filterOf(visit);
    const names = await namesIn(visit);
    const found = await findEntries(visit.deps.store, { ...filter, limit: pageSize + 1 });
    const entries = found.slice(0, pageSize);
    const last = found.length > pageSize ? entries.at(-1) : undefined;
    return {
      title: say('audit'),
      body: [
        searchForm(visit, names),
        h(
          'section',
          { class: 'card' },
          entries.length === 0 ? hint(say('auditNone')) : auditTable(visit, entries, names),
          h(
            'div',
            { class: 'row' },
            last === undefined
              ? null
              : h(
                  'a',
                  {
                    class: 'button',
                    href: `/admin/audit?${queryWith(visit, { before: String(last.sequence) })}`,
                  },
                  say('older'),
                ),
            filter.before === null
              ? null
              : h('a', { class: 'button', href: `/admin/audit?${queryWith(visit, {})}` }, say('newest')),
          ),
        ),
        h(
          'section',
          { class: 'card' },
          h('h2', null, say('auditTake')),
          hint(say('auditTakeExplained')),
          h(
            'div',
            { class: 'row' },
            h('a', { class: 'button', href: `/admin/audit/export.csv?${queryWith(visit, {})}` }, 'CSV'),
            h(
              'a',
              { class: 'button', href: `/admin/audit/export.jsonl?${queryWith(visit, {})}` },
              'JSON Lines',
            ),
          ),
        ),
        h(
          'section',
          { class: 'card' },
          h('h2', null, say('auditVerify')),
          hint(say('auditVerifyExplained')),
          visit.form({ action: '/admin/audit/verify' }, h('button', { type: 'submit' }, say('auditVerify'))),
        ),
      ],
    };
  });

  for (const [kind, type] of [
    ['csv', 'text/csv'],
    ['jsonl', 'application/jsonl'],
  ] as const) {
    show(app, `/audit/export.${kind}`, async (visit) => {
      const names = await namesIn(visit);
      const filter = { ...filterOf(visit), before: null };
      const nameOf = (id: string | null): string => (id === null ? '' : (names.get(id) ?? ''));
      const { store } = visit.deps;
      const texts = kind === 'csv' ? csvLines(store, filter, nameOf) : jsonLines(store, filter);
      const body = bytesOf(texts);
      return visit.c.body(body, 200, {
        'Content-Type': `${type}; charset=utf-8`,
        'Content-Disposition': `attachment; filename="staffetta-audit.${kind}"`,
      });
    });
  }

  // One at a time: whoever asks meanwhile, or presses again, gets the same verdict.
  let verifying: Promise<AuditVerdict> | null = null;
  change(app, '/audit/verify', {
    isReading: true,
    async act({ deps, words: { say } }) {
      verifying ??= verifyAudit(deps).finally(() => {
        verifying = null;
      });
      const verdict = await verifying;
      return {
        title: say(verdict.isWhole ? 'auditWhole' : 'auditBroken'),
        back: '/audit',
        body: h(
          'section',
          { class: verdict.isWhole ? 'card' : 'card danger', role: 'status' },
          verdict.isWhole
            ? [
                h('p', null, say('auditWholeSaid', verdict.entries)),
                h('pre', { tabindex: 0 }, verdict.head),
                hint(say('auditHead')),
              ]
            : h(
                'p',
                null,
                say('auditBrokenSaid', verdict.sequence, say(`fault-${verdict.fault}`), verdict.entries),
              ),
        ),
      };
    },
  });
}

/** What is looked for; what cannot be understood is left out. */
function filterOf({ query }: Visit): AuditFilter {
  const asked = (name: string): string | null => {
    const value = query(name).trim().slice(0, 100);
    return value === '' ? null : value;
  };
  const before = Number(asked('before') ?? Number.NaN);
  const until = dayStartMs(asked('to'), 1);
  return {
    before: Number.isSafeInteger(before) && before > 0 ? before : null,
    memberId: asked('member'),
    connectionId: null,
    event: asked('event'),
    sinceMs: dayStartMs(asked('from')),
    untilMs: until,
    text: asked('text'),
    limit: pageSize,
  };
}

/** The search as it stands in the address, with these changed and its place left out. */
function queryWith({ query }: Visit, changes: Record<string, string>): string {
  const kept = ['from', 'to', 'event', 'member', 'text'].flatMap((name) => {
    const value = query(name);
    return value === '' ? [] : [[name, value] as const];
  });
  return new URLSearchParams({ ...Object.fromEntries(kept), ...changes }).toString();
}

async function namesIn({ deps, words }: Visit): Promise<ReadonlyMap<string, string>> {
  const members = await selectMembers(deps.store);
  return new Map([
    ['operator', words.say('operator')],
    ...members.map(({ id, name }) => [id, name] as const),
  ]);
}

function searchForm({ query, words }: Visit, names: ReadonlyMap<string, string>): Markup {
  const { say, eventOf } = words;
  const events = auditEvents.map((event) => [event, eventOf(event)] as const);
  const date = (id: 'from' | 'to'): Markup =>
    field({ id, label: say(id) }, (attributes) =>
      h('input', { ...attributes, type: 'date', value: query(id) }),
    );
  return h(
    'form',
    { method: 'get', action: '/admin/audit', class: 'card' },
    h(
      'div',
      { class: 'filters' },
      date('from'),
      date('to'),
      field({ id: 'event', label: say('event') }, (attributes) =>
        choice(
          attributes,
          [['', say('any')], ...events.toSorted((a, b) => a[1].localeCompare(b[1]))],
          query('event'),
        ),
      ),
      field({ id: 'member', label: say('person') }, (attributes) =>
        choice(attributes, [['', say('anybody')], ...names], query('member')),
      ),
      field({ id: 'text', label: say('text') }, (attributes) =>
        h('input', { ...attributes, type: 'search', value: query('text') }),
      ),
    ),
    h(
      'div',
      { class: 'row' },
      h('button', { type: 'submit', class: 'primary' }, say('search')),
      h('a', { href: '/admin/audit' }, say('searchClear')),
    ),
  );
}

function auditTable(
  { words }: Visit,
  entries: readonly AuditEntry[],
  names: ReadonlyMap<string, string>,
): Markup {
  const { say, moment, eventOf } = words;
  const nameOf = (id: string): Markup => names.get(id) ?? h('code', null, id);
  return table(
    say('auditCaption'),
    [say('when'), say('event'), say('who'), say('details')],
    entries.map((entry) => [
      [h('span', null, moment(entry.atMs)), h('div', { class: 'hint' }, `#${entry.sequence}`)],
      [
        eventOf(entry.event),
        entry.outcome === 'refused' ? h('div', null, h('strong', null, say('refused'))) : null,
      ],
      [
        entry.actorId === null ? null : h('div', null, nameOf(entry.actorId)),
        entry.memberId === null || entry.memberId === entry.actorId
          ? null
          : h('div', null, entry.actorId === null ? null : `${say('about')} `, nameOf(entry.memberId)),
      ],
      [entry.providerId, entry.connectionId, entry.installationId, entry.flowId, entry.requestId].flatMap(
        (id) => (id === null ? [] : [h('div', null, h('code', null, id))]),
      ),
    ]),
  );
}
