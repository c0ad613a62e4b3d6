import { z } from 'zod';
import { operator } from '../../audit.ts';
import { publishRecipes, rollBackRecipes } from '../../recipes.ts';
import { defineCommand, shortMoment } from '../command.ts';
import { DescribedRecipes, describeRecipes, readRecipeFile } from '../recipes.ts';

/** The newest versions, and the alarms. */
export const recipesList = defineCommand({
  words: 'recipes list',
  summary: 'list the team’s recipes by version, and the ones that need repair; "recipes" alone does the same',
  example: 'recipes',
  input: z.object({}),
  output: DescribedRecipes,
  run: async ({ open }) => describeRecipes((await open()).store),
  text: ({ versions, needRepair }) =>
    versions.length === 0
      ? ['No recipes of your own. Publish some: recipes publish FILE']
      : [
          ...versions.map(
            ({ version, publishedAt, recipes }, index) =>
              `${index === 0 ? '*' : ' '} version ${version}  ${shortMoment(publishedAt)}  ${recipes.join(', ') || 'none'}`,
          ),
          ...needRepair.map(
            ({ recipeId, host, missing, reports, lastAt }) =>
              `! ${recipeId} on ${host} finds no ${missing.join(', no ')}: reported ${reports} times, last ${shortMoment(lastAt)}`,
          ),
        ],
});

const Published = z.object({ version: z.int() });

/** Signs recipes and gives them to the team. */
export const recipesPublish = defineCommand({
  words: 'recipes publish',
  summary: 'sign the recipes in a JSON file and give them to the whole team',
  arguments: { file: 'JSON file with a list of recipes' },
  example: 'recipes publish team-recipes.json',
  input: z.object({ file: z.string() }),
  output: Published,
  async run({ open }, { file }) {
    const { version } = await publishRecipes(await open(), readRecipeFile(file), operator);
    return { version };
  },
  text: ({ version }) => [`Published as version ${version}.`],
});

/** Puts earlier recipes back. */
export const recipesRollback = defineCommand({
  words: 'recipes rollback',
  summary: 'put the recipes of an earlier version back, as a new version',
  arguments: { version: 'version to put back' },
  example: 'recipes rollback 3',
  input: z.object({ version: z.coerce.number({ error: 'must be a number' }).int().positive() }),
  output: Published.extend({ of: z.int() }),
  async run({ open }, { version: earlier }) {
    const { version } = await rollBackRecipes(await open(), earlier, operator);
    return { version, of: earlier };
  },
  text: ({ version, of }) => [`Version ${of} is back, as version ${version}.`],
});
