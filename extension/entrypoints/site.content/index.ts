import { defineContentScript } from 'wxt/utils/define-content-script';
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

export default defineContentScript({
  // Registered for each site that a member enables (`background/sites.ts`); the manifest names none.
  registration: 'runtime',
  matches: [],
  async main(context) {
    if (!isOwnFrame()) return;
    const answer = await askFromPage('recipes.read', {});
    const recipes = answer.ok ? answer.value.recipes : [];
    const controller = new AbortController();
    context.signal.addEventListener('abort', () => controller.abort());
    // Whoever sends it, the page too, only ends what we do here.
    document.addEventListener('staffetta:stop', () => controller.abort(), { once: true });
    const { signal } = controller;
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
