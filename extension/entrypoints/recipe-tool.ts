import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script';
import { readByRecipe } from '../facts/recipe.ts';
import { pick } from '../page/picker.ts';
import type { RecipePreview, Tool, ToolJob } from '../views/recipe-tool.ts';

/** Works on an open page for whoever edits a recipe: put there from the options page, which then asks for one job at a time. */
export default defineUnlistedScript(() => {
  const staffettaTool: Tool = (job) => (job.kind === 'pick' ? pick(document, job.wanted) : preview(job));
  Object.assign(globalThis, { staffettaTool });
});

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
