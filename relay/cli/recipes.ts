import { readFileSync } from 'node:fs';
import { RecipeSet } from '../../shared/api/recipes.ts';
import type { Driver } from '../store/driver.ts';
import { listAlarms, listSets } from '../store/recipes.ts';
import { RecipeError } from '../recipes.ts';

/** Reads a file of recipes. @throws RecipeError where it cannot be read */
export function readRecipeFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new RecipeError('the file cannot be read');
  }
}

/** Every version with its recipes, and the alarms, a line each. */
export async function describeRecipes(store: Driver): Promise<string[]> {
  const [sets, alarms] = [await listSets(store), await listAlarms(store)];
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
  if (sets.length === 0) return ['No recipes of your own. Publish some: recipes publish FILE'];
  return [
    ...sets.map(({ version, text, publishedAtMs }, index) => {
      const ids = RecipeSet.parse(JSON.parse(text)).recipes.map(({ id }) => id);
      return `${index === 0 ? '*' : ' '} version ${version}  ${day(publishedAtMs)}  ${ids.join(', ') || 'none'}`;
    }),
    ...alarms.map(
      ({ recipeId, host, missing, reports, lastAtMs }) =>
        `! ${recipeId} on ${host} finds no ${missing.join(', no ')}: reported ${reports} times, last ${day(lastAtMs)}`,
    ),
  ];
}
