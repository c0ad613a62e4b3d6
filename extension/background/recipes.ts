import { z } from 'zod';
import { readRecipes, RecipeSet, reportRecipe, SignedRecipes } from '../../shared/api/recipes.ts';
import type { Recipe } from '../../shared/recipe.ts';
import { builtInRecipes } from '../recipes/registry.ts';
import { slot } from '../storage.ts';
import { callRelay } from './relay.ts';

/** The key that this installation has seen first, and the newest recipes that were signed with it. */
const kept = slot(
  'local',
  'recipes',
  z.object({ publicKey: z.string(), version: z.int(), signed: SignedRecipes.nullable() }),
);

/** When the relay was asked last, epoch milliseconds. */
const askedAt = slot('session', 'recipes-asked', z.number());

/** How often the relay is asked, in milliseconds. */
const askEveryMs = 10 * 60_000;

/** Recipes that were reported since the browser started: once each. */
const reported = slot('session', 'recipes-reported', z.array(z.string()));

const bytesOf = (base64url: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
    character.charCodeAt(0),
  );

/** What a signed text says; null where one byte of it is not as it was signed. */
async function opened(publicKey: string, { text, signature }: SignedRecipes): Promise<RecipeSet | null> {
  try {
    const key = await crypto.subtle.importKey('raw', bytesOf(publicKey), 'Ed25519', false, ['verify']);
    const isSigned = await crypto.subtle.verify(
      'Ed25519',
      key,
      bytesOf(signature),
      new TextEncoder().encode(text),
    );
    return isSigned ? (RecipeSet.safeParse(JSON.parse(text)).data ?? null) : null;
  } catch {
    return null;
  }
}

/** Asks the relay for newer recipes now and then. What another key has signed, or an older version, is not taken. */
async function refresh(): Promise<void> {
  const asked = await askedAt.read();
  if (asked !== null && Date.now() - asked < askEveryMs) return;
  await askedAt.write(Date.now());
  const { publicKey, signed } = await callRelay(readRecipes, {}, {});
  const before = await kept.read();
  if (before !== null && before.publicKey !== publicKey) return;
  const set = signed === null ? null : await opened(publicKey, signed);
  const isBad = signed !== null && set === null;
  // None at all is older than any.
  if (isBad || (set?.version ?? 0) < (before?.version ?? 0)) return;
  await kept.write({ publicKey, version: set?.version ?? 0, signed });
}

/** How pages are read: by the team's recipes, then by the ones that come with the extension. */
export async function listRecipes(): Promise<Recipe[]> {
  // Without the relay pages are read as before.
  await refresh().catch(() => undefined);
  const known = await kept.read();
  const set = known?.signed == null ? null : await opened(known.publicKey, known.signed);
  const own = set?.recipes ?? [];
  const ids = new Set(own.map(({ id }) => id));
  return [...own, ...builtInRecipes.filter(({ id }) => !ids.has(id))];
}

/** Tells the team's administrator, once, that a recipe no longer finds what it should. */
export async function reportBroken(
  recipeId: string,
  host: string,
  missing: Array<'customer' | 'order'>,
): Promise<void> {
  const name = `${recipeId} ${host}`;
  const known = (await reported.read()) ?? [];
  if (known.includes(name)) return;
  await reported.change((before) => [...(before ?? []), name]);
  await callRelay(reportRecipe, {}, { recipeId, host, missing }).catch(() => undefined);
}

/** Forgets what another relay has signed. */
export async function forgetRecipes(): Promise<void> {
  await Promise.all([kept.clear(), askedAt.clear()]);
}
