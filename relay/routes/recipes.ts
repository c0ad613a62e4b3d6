import { readRecipes, reportRecipe } from '../../shared/api/recipes.ts';
import { serve, type RelayApp } from '../http/endpoint.ts';
import { recipeKey } from '../recipes.ts';
import { addAlarm, findNewestSet } from '../store/recipes.ts';

/** Hands out the team's recipes, and hears of the ones that no longer find what they should. */
export function serveRecipes(app: RelayApp): void {
  serve(app, readRecipes, async ({ deps }) => {
    const set = await findNewestSet(deps.store);
    const signed = set === null ? null : { text: set.text, signature: set.signature };
    return { publicKey: await recipeKey(deps), signed };
  });
  serve(app, reportRecipe, async ({ input, deps }) => {
    await addAlarm(deps.store, input, deps.now());
    deps.log.warn({ recipeId: input.recipeId, missing: input.missing }, 'a recipe needs repair');
    return {};
  });
}
