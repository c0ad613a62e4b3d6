import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { jsonIn, RecipeError, recipesIn } from '../recipes.ts';
import type { Driver } from '../store/driver.ts';
import { listAlarms, listSets } from '../store/recipes.ts';
import { Moment, momentOf } from './command.ts';

/** How many versions are told of: each may hold all the recipes there are. */
const versionsMax = 100;

/** Reads a file of recipes. @throws RecipeError where it cannot be read, or is no JSON */
export function readRecipeFile(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new RecipeError('the file cannot be read');
  }
  return jsonIn(text);
}

/** The team's recipes, and what no longer works. */
export const DescribedRecipes = z.object({
  /** Newest first: that one holds. */
  versions: z.array(z.object({ version: z.int(), publishedAt: Moment, recipes: z.array(z.string()) })),
  needRepair: z.array(
    z.object({
      recipeId: z.string(),
      host: z.string(),
      missing: z.array(z.string()),
      reports: z.int(),
      lastAt: Moment,
    }),
  ),
});

/** The newest versions with their recipes, and the alarms. */
export async function describeRecipes(store: Driver): Promise<z.infer<typeof DescribedRecipes>> {
  return {
    versions: (await listSets(store, versionsMax)).map((set) => ({
      version: set.version,
      publishedAt: momentOf(set.publishedAtMs),
      recipes: recipesIn(set).map(({ id }) => id),
    })),
    needRepair: (await listAlarms(store)).map(({ recipeId, host, missing, reports, lastAtMs }) => ({
      recipeId,
      host,
      missing,
      reports,
      lastAt: momentOf(lastAtMs),
    })),
  };
}
