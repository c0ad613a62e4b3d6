import type { RelayApp } from '../http/endpoint.ts';
import { countSealed, listVaultKeys } from '../store/sealed.ts';
import { badge, h, hint, table } from './markup.ts';
import { show } from './visit.ts';

/** Serves what can be said of the vault's keys: their ids and how far a change of key has come. Keys never get here. */
export function serveKeyPages(app: RelayApp): void {
  show(app, '/keys', async ({ deps, words }) => {
    const { say } = words;
    const { keyId: current } = deps.vault;
    const [known, sealed] = await Promise.all([listVaultKeys(deps.store), countSealed(deps.store)]);
    const ids = [...new Set([current, ...known, ...sealed.map(({ keyId }) => keyId)])];
    const countOf = (id: string): number => sealed.find(({ keyId }) => keyId === id)?.count ?? 0;
    const all = sealed.reduce((sum, { count }) => sum + count, 0);
    const done = countOf(current);
    const isFile = deps.config.vaultKeys.length === 0;
    return {
      title: say('keys'),
      body: [
        h(
          'section',
          { class: 'card' },
          hint(say('keysExplained')),
          table(
            say('keysCaption'),
            [say('keyId'), say('state'), say('sealedTokens')],
            ids.map((id) => [
              h('code', null, id),
              id === current ? badge('good', say('keySeals')) : badge('plain', say('keyOpens')),
              String(countOf(id)),
            ]),
          ),
          h('p', null, say('keysWhere', say(isFile ? 'keysInFile' : 'keysInSettings'))),
        ),
        h(
          'section',
          { class: 'card' },
          h('h2', null, say('rewrap')),
          all === 0
            ? hint(say('rewrapNothing'))
            : [
                h('meter', { min: 0, max: all, value: done, 'aria-label': say('rewrap') }),
                h('p', null, say(done === all ? 'rewrapDone' : 'rewrapUnder', done, all)),
              ],
        ),
        h(
          'section',
          { class: 'card' },
          h('h2', null, say('rotate')),
          h('p', null, say('rotateExplained')),
          ...(isFile ? ['keys rotate', 'keys retire'] : ['keys rewrap']).map((command) =>
            h('pre', { tabindex: 0 }, `npm run relay -- ${command}`),
          ),
          hint(say(isFile ? 'rotateFile' : 'rotateSettings')),
        ),
      ],
    };
  });
}
