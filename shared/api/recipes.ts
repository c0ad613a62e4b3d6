import { z } from 'zod';
import { defineEndpoint, NoInput, NoParams } from '../endpoint.ts';
import { Recipe } from '../recipe.ts';

/** What the team's recipes may weigh, in characters. */
export const recipesLengthMax = 500_000;

/** What the text of a signed set says. `version` only grows: putting older recipes back is a new version too. */
export const RecipeSet = z.strictObject({
  version: z.int().positive(),
  recipes: z.array(Recipe).max(200),
});
/** What the text of a signed set says. */
export type RecipeSet = z.infer<typeof RecipeSet>;

/** Recipes as they travel and are kept: the very text that was signed (Ed25519, RFC 8032). */
export const SignedRecipes = z.object({
  /** JSON of a `RecipeSet`. */
  text: z.string().max(recipesLengthMax),
  /** Base64url. */
  signature: z.string().max(120),
});
/** Recipes as they travel and are kept. */
export type SignedRecipes = z.infer<typeof SignedRecipes>;

/** The team's recipes and the key they are signed with. */
export const readRecipes = defineEndpoint({
  id: 'readRecipes',
  summary: 'Read the team’s recipes',
  method: 'GET',
  path: '/v1/recipes',
  access: 'session',
  params: NoParams,
  input: NoInput,
  output: z.object({
    /** Raw Ed25519 key, base64url. An installation keeps the first it sees and believes no other. */
    publicKey: z.string().max(60),
    /** Null before the first are published. */
    signed: SignedRecipes.nullable(),
    /** Whether the member may change them for the whole team. Relays before this one do not say. */
    mayPublish: z.boolean().default(false),
  }),
  failures: [],
});

/** Changes the team's recipes for everybody, as the next version; for administrators. */
export const changeRecipes = defineEndpoint({
  id: 'changeRecipes',
  summary: 'Publish or remove a recipe, or put an earlier version back',
  method: 'POST',
  path: '/v1/recipes/changes',
  access: 'session',
  role: 'admin',
  params: NoParams,
  input: z.union([
    /** Takes the place of the one with the same id. */
    z.strictObject({ publish: Recipe }),
    z.strictObject({ remove: Recipe.shape.id }),
    z.strictObject({ rollBack: z.int().positive() }),
  ]),
  output: z.object({ version: z.int().positive() }),
  failures: ['not-admin', 'not-found'],
});

/** Says that a recipe did not find on a page what it should: the site may have changed. */
export const reportRecipe = defineEndpoint({
  id: 'reportRecipe',
  summary: 'Report a recipe that no longer finds what it should',
  method: 'POST',
  path: '/v1/recipes/alarms',
  access: 'session',
  params: NoParams,
  input: z.strictObject({
    recipeId: Recipe.shape.id,
    /** Where; never the path, which may name somebody. */
    host: z.string().max(253),
    missing: z.array(z.enum(['customer', 'order'])).max(2),
  }),
  output: z.object({}),
  failures: [],
});
