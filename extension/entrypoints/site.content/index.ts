import { defineContentScript } from 'wxt/utils/define-content-script';
import type { FailureReport } from '../../../shared/failure.ts';
import { askFromPage } from '../../ask.ts';
import { readPage } from '../../facts/read.ts';
import { createChip } from '../../page/chip.ts';
import { watchPage } from '../../page/watch.ts';

/** A frame of another site's page is not ours to work in: that page could lay anything over it. */
function isOwnFrame(): boolean {
  try {
    return window.top?.location.origin === location.origin;
  } catch {
    return false;
  }
}

/** Whether nothing is to be done on this site; any other failure takes only the recipes away. */
const isOff = ({ code }: FailureReport): boolean => code === 'not-allowed' || code === 'blocked-by-admin';

export default defineContentScript({
  // Registered for each site that a member enables (`background/sites.ts`); the manifest names none.
  registration: 'runtime',
  matches: [],
  async main(context) {
    if (!isOwnFrame()) return;
    const controller = new AbortController();
    const { signal } = controller;
    context.signal.addEventListener('abort', () => controller.abort());
    // Before we ask: whoever switches the site off meanwhile says so once. Who says it, the page too, only ends what we do.
    document.addEventListener('staffetta:stop', () => controller.abort(), { once: true });
    const answer = await askFromPage('recipes.read', {});
    if (signal.aborted || (!answer.ok && isOff(answer.failure))) return;
    const recipes = answer.ok ? answer.value.recipes : [];
    const chip = createChip(signal);
    const broken = new Set<string>();
    watchPage(
      document,
      {
        read: () => readPage(document, recipes),
        show(facts) {
          chip.show(facts);
          const { recipe } = facts;
          if (recipe === null || recipe.missing.length === 0 || broken.has(recipe.id)) return;
          broken.add(recipe.id);
          void askFromPage('recipe.broken', { recipeId: recipe.id, missing: recipe.missing });
        },
        isOwn: chip.isOwn,
      },
      signal,
    );
  },
});
