import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script';
import { readByRecipe } from '../facts/recipe.ts';
import { pick } from '../page/picker.ts';
import type { ToolJob, RecipePreview } from '../views/recipe-tool.ts';

/** Works on an open page for whoever edits a recipe: run from the options page, for one answer. */
export default defineUnlistedScript(answer as () => void); // what it returns is what `executeScript` answers

function answer(): RecipePreview | Promise<string | null> | null {
  const { staffettaJob: job } = globalThis as { staffettaJob?: ToolJob };
  if (job === undefined) return null;
  return job.kind === 'pick' ? pick(document, job.wanted) : preview(job);
}

function preview({ recipe }: Extract<ToolJob, { kind: 'preview' }>): RecipePreview {
  const read = readByRecipe(document, [recipe], location);
  if (read === null) return { fits: false, facts: [], order: null, missing: [] };
  const [party] = read.parties;
  return {
    fits: true,
    facts: [...(party?.values() ?? [])].map(({ kind, value }) => ({ kind, value })),
    order: read.orders[0] ?? null,
    missing: read.missing,
  };
}
