import { flowLifetimeMs } from '../../../shared/api/flows.ts';
import { signInLifetimeMs } from '../../../shared/api/sign-ins.ts';
import type { RelayApp } from '../../http/env.ts';
import { countSealed, listKnownKeys, type KnownKey } from '../../store/sealed.ts';
import { badge, h, hint, table, type Markup } from '../frame/markup.ts';
import { confirmed, show, type Visit } from '../frame/visit.ts';

/** How long what was sealed with a key may still be under way in a browser, in milliseconds. */
const underWayMs = Math.max(flowLifetimeMs, signInLifetimeMs);

/** Everything there is to say of the vault's keys. */
interface Keys {
  /** Those that the database has heard of. */
  known: ReadonlyMap<string, KnownKey>;
  /** How many values each has sealed. */
  counts: ReadonlyMap<string, number>;
  all: number;
  /** How many of them another key than today's has sealed. */
  others: number;
}

async function keysOf({ deps }: Visit): Promise<Keys> {
  const [known, sealed] = await Promise.all([listKnownKeys(deps.store), countSealed(deps.store)]);
  const counts = new Map(sealed.map(({ keyId, count }) => [keyId, count]));
  const all = sealed.reduce((sum, { count }) => sum + count, 0);
  return {
    known: new Map(known.map((key) => [key.keyId, key])),
    counts,
    all,
    others: all - (counts.get(deps.vault.keyId) ?? 0),
  };
}

/**
 * Serves what can be said and done of the vault's keys: their ids, how far a change of key has come, and sealing everything
 * with today's. Keys are made, given and taken away in the configuration; they never get here.
 */
export function serveKeyPages(app: RelayApp): void {
  show(app, '/keys', async (visit) => {
    const keys = await keysOf(visit);
    return {
      title: visit.words.say('keys'),
      body: [keysCard(visit, keys), rewrapCard(visit, keys), newKeyCard(visit)],
    };
  });

  confirmed(
    app,
    '/keys/rewrap',
    async (visit) => {
      const { say } = visit.words;
      const { keyId } = visit.deps.vault;
      const { others } = await keysOf(visit);
      return {
        title: say('rewrapAsk', keyId),
        lines: [
          say('rewrapWhat', others, keyId),
          say('rewrapEveryRelay'),
          say('rewrapKeep'),
          say('rewrapAgain'),
        ],
        button: say('rewrapButton'),
        back: '/keys',
      };
    },
    async ({ deps, actor }) => {
      // Nobody waits for it: the page tells how far it is.
      void deps.rewrapper.start(actor);
      return { to: '/keys', done: 'rewrapStarted' };
    },
  );
}

const explained = (state: Markup, why: string): Markup => [state, h('div', { class: 'hint' }, why)];

const isFile = ({ deps }: Visit): boolean => deps.config.vaultKeys.length === 0;

function keysCard(visit: Visit, keys: Keys): Markup {
  const { vault } = visit.deps;
  const { say } = visit.words;
  const isHere = new Set(vault.keyIds);
  // One that was retired and taken out of the configuration is history.
  const remembered = [...keys.known.values()].filter(({ retiredAtMs }) => retiredAtMs === null);
  const ids = new Set([...vault.keyIds, ...keys.counts.keys(), ...remembered.map(({ keyId }) => keyId)]);
  return h(
    'section',
    { class: 'card' },
    hint(say('keysExplained')),
    table(
      say('keysCaption'),
      [say('keyId'), say('state'), say('sealedValues')],
      [...ids].map((id) => [
        h('code', null, id),
        isHere.has(id)
          ? stateOf(visit, keys, id)
          : explained(badge('bad', say('keyMissing')), say('keyMissingWhat')),
        String(keys.counts.get(id) ?? 0),
      ]),
    ),
    h('p', null, say('keysWhere', say(isFile(visit) ? 'keysInFile' : 'keysInSettings'))),
  );
}

function stateOf({ deps, words }: Visit, { known, counts }: Keys, id: string): Markup {
  const { say, moment } = words;
  if (id === deps.vault.keyId) return badge('good', say('keySeals'));
  const retiredAtMs = known.get(id)?.retiredAtMs ?? null;
  const isFree = retiredAtMs !== null && retiredAtMs + underWayMs <= deps.now();
  if ((counts.get(id) ?? 0) > 0) return explained(badge('plain', say('keyOpens')), say('keyNeeded'));
  if (isFree) return explained(badge('good', say('keyFree')), say('keyFreeWhat'));
  const why = retiredAtMs === null ? say('keyIdle') : say('keyWaits', moment(retiredAtMs + underWayMs));
  return explained(badge('plain', say('keyOpens')), why);
}

function rewrapCard(visit: Visit, { known, all, others }: Keys): Markup {
  const { deps, isAdmin } = visit;
  const { say } = visit.words;
  const { state, unreadable } = deps.rewrapper;
  const isOpen =
    others > 0 ||
    [...known.values()].some(({ keyId, retiredAtMs }) => keyId !== deps.vault.keyId && retiredAtMs === null);
  return h(
    'section',
    { class: 'card' },
    h('h2', null, say('rewrap')),
    h('meter', { min: 0, max: all, value: all - others, 'aria-label': say('rewrap') }),
    h('p', null, others === 0 ? say('rewrapDone', all) : say('rewrapUnder', all - others, all)),
    state === 'failed'
      ? h(
          'p',
          { role: 'alert' },
          unreadable === null
            ? say('rewrapFailed')
            : say('rewrapUnreadable', unreadable.count, unreadable.named.join(', ')),
        )
      : null,
    state === 'running'
      ? [
          h('p', null, say('rewrapRunning')),
          h('p', null, h('a', { class: 'button', href: '/admin/keys' }, say('rewrapLook'))),
        ]
      : null,
    state !== 'running' && isOpen && isAdmin
      ? h('p', null, h('a', { class: 'button', href: '/admin/keys/rewrap' }, say('rewrapEllipsis')))
      : null,
  );
}

function newKeyCard(visit: Visit): Markup {
  const { say } = visit.words;
  const commands = isFile(visit)
    ? ['npm run relay -- keys rotate', 'npm run relay -- keys retire']
    : ['openssl rand -base64 32'];
  return h(
    'section',
    { class: 'card' },
    h('h2', null, say('rotate')),
    h('p', null, say(isFile(visit) ? 'rotateFile' : 'rotateSettings')),
    ...commands.map((command) => h('pre', { tabindex: 0 }, command)),
  );
}
