import { changeRecipes, readRecipes, reportRecipe } from '../../shared/api/recipes.ts';
import { Failure } from '../../shared/failure.ts';
import { serve } from '../http/endpoint.ts';
import type { RelayApp } from '../http/env.ts';
import { publishRecipe, RecipeError, recipeKey, removeRecipe, rollBackRecipes } from '../recipes.ts';
import { addAlarm, findNewestSet } from '../store/recipes.ts';

/** Hands out the team's recipes, lets administrators change them, and hears of the ones that no longer find what they should. */
export function serveRecipes(app: RelayApp): void {
  serve(app, readRecipes, async ({ caller, deps }) => {
    const set = await findNewestSet(deps.store);
    const signed = set === null ? null : { text: set.text, signature: set.signature };
    const mayPublish = caller.role === 'admin';
    return { publicKey: await recipeKey(deps), signed, mayPublish };
  });
  serve(app, changeRecipes, async ({ input, caller, deps, requestId }) => {
    const actor = { actorId: caller.memberId, requestId };
    try {
      if ('publish' in input) return await publishRecipe(deps, input.publish, actor);
      if ('remove' in input) return await removeRecipe(deps, input.remove, actor);
      return await rollBackRecipes(deps, input.rollBack, actor);
    } catch (error) {
      if (!(error instanceof RecipeError)) throw error;
      throw 'publish' in input
        ? new Failure('request-invalid', { fields: ['publish'] })
        : new Failure('not-found');
    }
  });
  serve(app, reportRecipe, async ({ input, deps }) => {
    await addAlarm(deps.store, input, deps.now());
    deps.log.warn({ recipeId: input.recipeId, missing: input.missing }, 'a recipe needs repair');
    return {};
  });
}
