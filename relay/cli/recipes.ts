import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { RecipeSet } from '../../shared/api/recipes.ts';
import { RecipeError } from '../recipes.ts';
import type { Driver } from '../store/driver.ts';
import { listAlarms, listSets } from '../store/recipes.ts';
import { Moment, momentOf } from './command.ts';

/** Reads a file of recipes. @throws RecipeError where it cannot be read */
export function readRecipeFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new RecipeError('the file cannot be read');
  }
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

/** Every version with its recipes, and the alarms. */
export async function describeRecipes(store: Driver): Promise<z.infer<typeof DescribedRecipes>> {
  return {
    versions: (await listSets(store)).map(({ version, text, publishedAtMs }) => ({
      version,
      publishedAt: momentOf(publishedAtMs),
      recipes: RecipeSet.parse(JSON.parse(text)).recipes.map(({ id }) => id),
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
