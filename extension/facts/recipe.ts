import type { Field, Match, Recipe, Transform } from '../../shared/recipe.ts';
import type { FactKind } from '../../shared/fact-kind.ts';
import { readOrder } from './order.ts';
import { addFact, type Party } from './party.ts';
import type { Structured } from './schema-org.ts';
import { addressParts, lineOf } from './values.ts';

const rowsMax = 201;

const isObject = (transform: Transform): transform is Exclude<Transform, string> =>
  typeof transform === 'object';

/** Whether `text` is like `glob`, whose `*` stands for any characters; without a regular expression of a stranger's. */
function isLike(text: string, glob: string): boolean {
  const [start = '', ...rest] = glob.split('*');
  const end = rest.pop();
  if (end === undefined) return text === start;
  if (!text.startsWith(start) || !text.endsWith(end) || text.length < start.length + end.length) return false;
  let from = start.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= text.length - end.length;
}

/** Whether a recipe applies to a page. */
function fits(
  match: Match,
  document: Document,
  place: Pick<Location, 'hostname' | 'pathname' | 'hash'>,
): boolean {
  if ('all' in match) return match.all.every((one) => fits(one, document, place));
  if ('any' in match) return match.any.some((one) => fits(one, document, place));
  if ('host' in match) return isLike(place.hostname, match.host);
  if ('path' in match) return isLike(place.pathname, match.path);
  return find(document, [match.finds]) !== null;
}

/** The first element that one of the selectors finds; a selector that is none finds nothing. */
function find(root: ParentNode, selectors: readonly string[]): Element | null {
  for (const selector of selectors) {
    try {
      const found = inShadows(root, selector, (scope, last) => scope.querySelector(last) ?? []);
      if (found[0] !== undefined) return found[0];
    } catch {
      // The recipe's mistake; its other selectors may do.
    }
  }
  return null;
}

function findAll(root: ParentNode, selectors: readonly string[]): Element[] {
  for (const selector of selectors) {
    try {
      const found = inShadows(root, selector, (scope, last) => Array.from(scope.querySelectorAll(last)));
      if (found.length > 0) return found.slice(0, rowsMax);
    } catch {
      // As above.
    }
  }
  return [];
}

/** `host >>> inner`: what `inner` finds in the open shadow roots of what `host` finds. */
function inShadows(
  root: ParentNode,
  selector: string,
  query: (scope: ParentNode, selector: string) => Element | Element[],
): Element[] {
  const parts = selector.split('>>>');
  const last = parts.pop() ?? '';
  const scopes = parts.reduce<ParentNode[]>(
    (within, part) =>
      within
        .flatMap((scope) => Array.from(scope.querySelectorAll(part)).slice(0, rowsMax))
        .flatMap(({ shadowRoot }) => shadowRoot ?? []),
    [root],
  );
  return scopes.flatMap((scope) => query(scope, last));
}

const lines = (text: string): string[] =>
  text
    .split(/\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

const simple: Readonly<Record<Extract<Transform, string>, (text: string) => string | undefined>> = {
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  digits: (text) => text.replace(/\D/g, ''),
  'first-line': (text) => lines(text)[0],
  'last-line': (text) => lines(text).at(-1),
  'first-word': (text) => text.trim().split(/\s+/)[0],
  'last-word': (text) => text.trim().split(/\s+/).at(-1),
};

function applied(text: string, transform: Transform): string {
  if (!isObject(transform)) return simple[transform](text) ?? '';
  if ('without' in transform) return text.replaceAll(transform.without, '');
  const mark = 'after' in transform ? transform.after : transform.before;
  const at = text.toLowerCase().indexOf(mark.toLowerCase());
  if (at < 0) return '';
  return 'after' in transform ? text.slice(at + mark.length) : text.slice(0, at);
}

/** Where lines end that a person sees ending: text content alone runs them together. */
function textOf(element: Element): string {
  if (element.querySelector('br,p,div,li,td,span') === null) return element.textContent ?? '';
  const walker = element.ownerDocument.createTreeWalker(element, 5); // elements and texts
  let text = '';
  for (
    let node = walker.nextNode(), seen = 0;
    node !== null && seen < 500;
    node = walker.nextNode(), seen += 1
  ) {
    if (node.nodeType === 3) text += node.nodeValue ?? '';
    else if (/^(?:BR|P|DIV|LI|TR|TD|DD|DT)$/.test(node.nodeName)) text += '\n';
  }
  return text;
}

/** The value of a field in `root`, with its element; null where nothing with a text is found. */
function valueIn(root: ParentNode, field: Field | undefined): { text: string; element: Element } | null {
  if (field === undefined) return null;
  for (const selector of field.select) {
    const element =
      selector === ':self' && root instanceof Object ? (root as Element) : find(root, [selector]);
    if (element === null) continue;
    const raw =
      field.attribute === undefined ? textOf(element) : (element.getAttribute(field.attribute) ?? '');
    const text = (field.transforms ?? []).reduce(applied, raw.slice(0, 4_000)).trim();
    if (text !== '') return { text, element };
  }
  return null;
}

/** What a recipe found, and what of it it should have found and did not. */
export interface RecipeReading extends Structured {
  recipeId: string;
  /** Fields that were expected here and are empty: the site may have changed. */
  missing: Array<'customer' | 'order'>;
}

/** Reads a page by the first recipe that applies to it; null where none does. */
export function readByRecipe(
  document: Document,
  recipes: readonly Recipe[],
  place: Pick<Location, 'hostname' | 'pathname' | 'hash'>,
): RecipeReading | null {
  const recipe = recipes.find(({ match }) => fits(match, document, place));
  if (recipe === undefined) return null;
  const { customer, order } = recipe;
  const missing: RecipeReading['missing'] = [];
  const parties: Party[] = [];
  if (customer !== undefined) {
    const root = customer.root === undefined ? document : find(document, customer.root);
    const party: Party = new Map();
    for (const [kind, field] of Object.entries(customer.fields) as Array<[FactKind, Field]>) {
      const found = root === null ? null : valueIn(root, field);
      if (found === null) continue;
      // Many pages write an address in one piece; a recipe that takes it apart itself is left as it is.
      const isWhole = kind === 'street' && customer.fields['postal-code'] === undefined;
      const parts = isWhole ? addressParts(found.text) : [[kind, found.text] as const];
      for (const [part, text] of parts) addFact(party, part, text, 'recipe', found.element);
    }
    if (party.size > 0) parties.push(party);
    else missing.push('customer');
  }
  const read = order === undefined ? null : orderBy(document, order);
  if (order !== undefined && read === null) missing.push('order');
  return { recipeId: recipe.id, missing, parties, own: [], orders: read === null ? [] : [read] };
}

function orderBy(document: Document, order: NonNullable<Recipe['order']>) {
  const root = order.root === undefined ? document : find(document, order.root);
  if (root === null) return null;
  const at = (scope: ParentNode, field: Field | undefined): string | undefined =>
    lineOf(valueIn(scope, field)?.text) ?? undefined;
  return readOrder({
    number: at(root, order.whole.number),
    currency: at(root, order.whole.currency),
    includesVat: order.includesVat,
    lines: findAll(root, order.line).map((row) => ({
      description: at(row, order.fields.description),
      quantity: at(row, order.fields.quantity),
      unitPrice: at(row, order.fields['unit-price']),
      total: at(row, order.fields['line-total']),
      vatRate: at(row, order.fields['vat-rate']),
    })),
    tax: at(root, order.whole.tax),
    total: at(root, order.whole.total),
  });
}
