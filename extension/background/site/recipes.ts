import { z } from 'zod';
import {
  changeRecipes,
  readRecipes,
  RecipeSet,
  reportRecipe,
  SignedRecipes,
} from '../../../shared/api/recipes.ts';
import { Failure } from '../../../shared/failure.ts';
import type { InstallationId } from '../../../shared/ids.ts';
import type { Recipe } from '../../../shared/recipe.ts';
import { builtInRecipes } from '../../recipes/registry.ts';
import { slot } from '../../storage.ts';
import { decodeBase64Url } from '../wire/base64url.ts';
import { readInstallation, requireStill } from '../wire/installation.ts';
import { callRelay } from '../wire/relay.ts';

/** The key that this installation has seen first, and the newest recipes that were signed with it. */
const kept = slot(
  'local',
  'recipes',
  z.object({ publicKey: z.string(), version: z.int(), signed: SignedRecipes.nullable() }),
  // Another's are signed with another key.
  'team',
);

/** When the relay was asked last, epoch milliseconds. */
const askedAt = slot('session', 'recipes-asked', z.number(), 'team');

/** How often the relay is asked, in milliseconds. */
const askEveryMs = 10 * 60_000;

/** Recipes that were reported since the browser started: once each. */
const reported = slot('session', 'recipes-reported', z.array(z.string()), 'team');

/** What a signed text says; null where one byte of it is not as it was signed. */
async function opened(publicKey: string, { text, signature }: SignedRecipes): Promise<RecipeSet | null> {
  try {
    const key = await crypto.subtle.importKey('raw', decodeBase64Url(publicKey), 'Ed25519', false, [
      'verify',
    ]);
    const isSigned = await crypto.subtle.verify(
      'Ed25519',
      key,
      decodeBase64Url(signature),
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
  await ask();
}

/** Asks the relay, and keeps what it says. */
async function ask() {
  const asker = await readInstallation();
  const answer = await callRelay(readRecipes, {}, {});
  await take(answer, asker?.installationId);
  return answer;
}

/** Keeps what the relay says, if the key that was seen first has signed it and it is not older. */
async function take(
  { publicKey, signed }: z.infer<typeof readRecipes.output>,
  askerId: InstallationId | undefined,
): Promise<void> {
  const set = signed === null ? null : await opened(publicKey, signed);
  if (signed !== null && set === null) return;
  // None at all is older than any.
  const version = set?.version ?? 0;
  await kept.change(async (before) => {
    await requireStill(askerId);
    const isRefused = before !== null && (before.publicKey !== publicKey || version < before.version);
    return isRefused ? before : { publicKey, version, signed };
  });
}

/** The recipe that is being written, as its writer has it. */
const draft = slot('local', 'recipe-draft', z.string());

/** Keeps what is being written; null throws it away. */
export const keepRecipeDraft = (text: string | null): Promise<void> =>
  text === null ? draft.clear() : draft.write(text);

/** The recipes by which pages are read, as of now, and the one that is being written; the kept ones while the relay is out of reach. */
export async function readKnownRecipes() {
  let mayPublish = false;
  try {
    ({ mayPublish } = await ask());
  } catch (error) {
    if (!isUnreachable(error)) throw error;
  }
  return { ...(await listKnown()), mayPublish, draft: await draft.read() };
}

const isUnreachable = (error: unknown): boolean =>
  error instanceof Failure && (error.code === 'relay-down' || error.code === 'offline');

/**
 * Changes the team's recipes for everybody; here at once, elsewhere within ten minutes.
 *
 * @throws Failure `not-admin` · `not-found`
 */
export async function changeTeamRecipes(change: z.infer<typeof changeRecipes.input>): Promise<void> {
  await callRelay(changeRecipes, {}, change);
  await ask();
}

/** How pages are read: by the team's recipes, then by the ones that come with the extension. */
export async function listRecipes(): Promise<Recipe[]> {
  // Without the relay pages are read as before.
  await refresh().catch(() => undefined);
  const { own, builtIn } = await listKnown();
  return [...own, ...builtIn];
}

/** The team's recipes, and the built-in ones that none of them replaces. */
async function listKnown(): Promise<{ own: Recipe[]; builtIn: Recipe[]; version: number }> {
  const known = await kept.read();
  const set = known?.signed == null ? null : await opened(known.publicKey, known.signed);
  const own = set?.recipes ?? [];
  const ids = new Set(own.map(({ id }) => id));
  return { own, builtIn: builtInRecipes.filter(({ id }) => !ids.has(id)), version: set?.version ?? 0 };
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
