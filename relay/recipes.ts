import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import type { z } from 'zod';
import { RecipeSet, recipesLengthMax } from '../shared/api/recipes.ts';
import type { Recipe } from '../shared/recipe.ts';
import type { AuditLog, Actor } from './audit.ts';
import { loadRelayKey } from './keys/relay-key.ts';
import type { Driver, Statements } from './store/driver.ts';
import { clearAlarms, findNewestSet, findSet, insertSet, type StoredRecipeSet } from './store/recipes.ts';
import type { Vault } from './keys/vault.ts';

interface RecipeWork {
  store: Driver;
  vault: Vault;
  audit: AuditLog;
  now(): number;
}

/** Beginning of a PKCS #8 document of an Ed25519 key; the 32 bytes of its seed follow (RFC 8410). */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Recipes that cannot be published, with the reason in words for the operator. */
export class RecipeError extends Error {
  override readonly name = 'RecipeError';
}

/** The team's key for recipes: made once, kept sealed, the same for every instance. */
async function loadSigner({ store, vault }: Pick<RecipeWork, 'store' | 'vault'>): Promise<KeyObject> {
  const seed = (await loadRelayKey(store, vault, 'recipes')).export();
  return createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: 'der', type: 'pkcs8' });
}

/** The key by which the team's recipes are known: raw, base64url. */
export async function recipeKey(work: Pick<RecipeWork, 'store' | 'vault'>): Promise<string> {
  const { x } = createPublicKey(await loadSigner(work)).export({ format: 'jwk' });
  return x ?? '';
}

/** What stands in a file of recipes, whatever it is. @throws RecipeError where it is no JSON */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RecipeError('this is no JSON');
  }
}

/** Names what does not fit the schema. */
export const faultsOf = ({ issues }: z.ZodError): RecipeError =>
  new RecipeError(
    issues
      .slice(0, 10)
      .map(({ path, message }) => `${path.join('.')} ${message}`)
      .join('; '),
  );

/**
 * Publishes recipes for the whole team, signed, as the next version.
 *
 * @param recipes a list of recipes, if it is one
 * @throws RecipeError naming what does not fit the schema
 */
export const publishRecipes = (work: RecipeWork, recipes: unknown, actor: Actor): Promise<StoredRecipeSet> =>
  publish(work, actor, () => recipes);

/** Makes the next version of the one that is there, with nobody else in between. */
async function publish(
  work: RecipeWork,
  actor: Actor,
  change: (before: RecipeSet['recipes'], statements: Statements) => unknown,
): Promise<StoredRecipeSet> {
  const signer = await loadSigner(work);
  return work.store.transaction(async (statements) => {
    const newest = await findNewestSet(statements);
    const version = (newest?.version ?? 0) + 1;
    const recipes = await change(newest === null ? [] : recipesIn(newest), statements);
    const set = RecipeSet.safeParse({ version, recipes });
    if (!set.success) throw faultsOf(set.error);
    const ids = set.data.recipes.map(({ id }) => id);
    if (new Set(ids).size < ids.length) throw new RecipeError('two recipes have the same id');
    const text = JSON.stringify(set.data);
    if (text.length > recipesLengthMax) throw new RecipeError('this is too long');
    const signature = sign(null, Buffer.from(text), signer).toString('base64url');
    const stored = { version, text, signature, publishedAtMs: work.now() };
    await insertSet(statements, stored);
    await clearAlarms(statements);
    await work.audit.recordIn(statements, { event: 'recipes_published', ...actor });
    return stored;
  });
}

/** The recipes of a set. */
export const recipesIn = ({ text }: StoredRecipeSet): RecipeSet['recipes'] =>
  RecipeSet.parse(JSON.parse(text)).recipes;

/** Publishes one recipe beside the others; it takes the place of the one with its id. */
export const publishRecipe = (work: RecipeWork, recipe: Recipe, actor: Actor): Promise<StoredRecipeSet> =>
  publish(work, actor, (before) => [...before.filter(({ id }) => id !== recipe.id), recipe]);

/** Takes one recipe away. @throws RecipeError where there is none with this id */
export const removeRecipe = (work: RecipeWork, recipeId: string, actor: Actor): Promise<StoredRecipeSet> =>
  publish(work, actor, (before) => {
    const left = before.filter(({ id }) => id !== recipeId);
    if (left.length === before.length) throw new RecipeError('there is no such recipe');
    return left;
  });

/**
 * Puts the recipes of an earlier version back, as the next one: a version that installations have seen never comes again.
 *
 * @throws RecipeError where there is no such version
 */
export const rollBackRecipes = (work: RecipeWork, version: number, actor: Actor): Promise<StoredRecipeSet> =>
  publish(work, actor, async (_, statements) => {
    const earlier = await findSet(statements, version);
    if (earlier === null) throw new RecipeError('there is no such version');
    return recipesIn(earlier);
  });
