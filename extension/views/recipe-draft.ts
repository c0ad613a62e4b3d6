import type { FactKind } from '../../shared/fact-kind.ts';
import { Recipe, type Field } from '../../shared/recipe.ts';
import type { OpenTab } from './recipe-tool.ts';

type Order = NonNullable<Recipe['order']>;

/** What was written so far, or what is wrong with it in a few words. */
export function parseRecipe(draft: string): { recipe: Recipe | null; fault: string | null } {
  if (draft === '') return { recipe: null, fault: null };
  let value: unknown;
  try {
    value = JSON.parse(draft);
  } catch {
    return { recipe: null, fault: 'JSON' };
  }
  const parsed = Recipe.safeParse(value);
  if (parsed.success) return { recipe: parsed.data, fault: null };
  const [issue] = parsed.error.issues;
  return { recipe: null, fault: [issue?.path.join('.'), issue?.message].join(' ').trim() };
}

/** A recipe for pages like the one in a tab, which finds nothing yet: numbers in its path stand for any. */
export function emptyRecipe({ url }: Pick<OpenTab, 'url'>): Recipe {
  const { hostname, pathname } = new URL(url);
  // Not the tab's title: it may name a person, and a recipe is kept as it is and published to the whole team.
  const name = hostname.slice(0, 80);
  const id = hostname
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, '')
    .replace(/^[^a-z]+/, '');
  return {
    recipe: 1,
    id: `site.${id}`.slice(0, 60),
    name: { it: name, en: name },
    match: { all: [{ host: hostname }, { path: pathname.replaceAll(/\d+/g, '*') }] },
  };
}

/** For pages of another host or path. */
export const withMatch = (recipe: Recipe, { host, path }: { host: string; path: string }): Recipe => ({
  ...recipe,
  match: { all: [{ host }, { path }] },
});

/** Another first selector; none where it is empty. What comes after it, and what is done with the text, stays. */
function changed<Fields extends Record<string, Field | undefined>>(
  fields: Fields,
  name: string,
  select: string,
): Fields {
  const { [name]: before, ...others } = fields;
  const field = { ...before, select: [select, ...(before?.select.slice(1) ?? [])] };
  return (select.trim() === '' ? others : { ...others, [name]: field }) as Fields; // the same names
}

/** Where something of the customer stands. */
export function withField(recipe: Recipe, kind: FactKind, select: string): Recipe {
  const fields = changed(recipe.customer?.fields ?? {}, kind, select);
  const { customer, ...others } = recipe;
  return Object.keys(fields).length === 0 ? others : { ...others, customer: { ...customer, fields } };
}

/** Where the lines of the order stand; without them there is no order. */
export function withRows(recipe: Recipe, select: string): Recipe {
  const { order, ...others } = recipe;
  if (select.trim() === '') return others;
  const begun: Order = order ?? { line: [], fields: {}, whole: {}, includesVat: null };
  return { ...others, order: { ...begun, line: [select, ...begun.line.slice(1)] } };
}

/** Where something of a line, or of the whole order, stands. */
export function withOrderField<Part extends 'fields' | 'whole'>(
  recipe: Recipe,
  part: Part,
  name: keyof Order[Part] & string,
  select: string,
): Recipe {
  const { order } = recipe;
  if (order === undefined) return recipe;
  return { ...recipe, order: { ...order, [part]: changed(order[part], name, select) } };
}
