import type { Customer, PageOrder } from '../../shared/fact.ts';
import type { Recipe } from '../../shared/recipe.ts';
import { readJsonLd } from './json-ld.ts';
import { linesOf, readLabelledText } from './labelled-text.ts';
import { readMarks } from './marks.ts';
import { readMicrodata } from './microdata.ts';
import {
  agree,
  areNamesakes,
  customerOf,
  differ,
  type FoundFact,
  isAddress,
  isSameName,
  nameOf,
  type Party,
} from './party.ts';
import { readRdfa } from './rdfa.ts';
import { readByRecipe } from './recipe.ts';
import { comparable } from './values.ts';
import { closest, isVisible, shadowRootsIn, walk } from './walk.ts';

export type { FoundFact } from './party.ts';

/** What a page says of a customer, and where a person reads it. */
export interface PageFacts {
  facts: FoundFact[];
  customer: Customer | null;
  /** The one order the page is about; null where it is about none, or several. */
  order: PageOrder | null;
  anchor: Element | null;
  /** The recipe that applied, and what it should have found here and did not; null where none applied. */
  recipe: { id: string; missing: Array<'customer' | 'order'> } | null;
  /** Open shadow roots that were read: what changes in them is not seen from outside. */
  shadowRoots: ShadowRoot[];
}

/**
 * Reads whom the page is about.
 *
 * Marks that the site's owner made for us are believed before a recipe, that before JSON-LD, microdata, RDFa and labelled
 * text, in this order. The customer is null when the page speaks
 * of nobody, of several, or of somebody by name only; the anchor is the smallest element that shows the customer.
 */
export function readPage(document: Document, recipes: readonly Recipe[] = []): PageFacts {
  const place = (document.location as Location | null | undefined) ?? {
    hostname: '',
    pathname: '',
    hash: '',
  };
  const root = document.body as HTMLElement | null;
  const shadowRoots = root === null ? [] : shadowRootsIn(root);
  const lines = root === null ? [] : [root, ...shadowRoots].flatMap(linesOf);
  const byRecipe = readByRecipe(document, recipes, place);
  const structured = [
    readMarks([document, ...shadowRoots]),
    ...(byRecipe === null ? [] : [byRecipe]),
    readJsonLd(document),
    readMicrodata(document),
    readRdfa(document),
  ];
  const sellers = structured.flatMap((read) => read.own);
  const labelled = root === null ? [] : readLabelledText(root, lines, sellers);
  const methods = [...structured.map((read) => read.parties), labelled];

  const facts = methods.flat().flatMap((party) => Array.from(party.values()));
  const party = theOneParty(methods);
  const customer = party === null ? null : customerOf(party);
  const [order, ...others] = structured.find(({ orders }) => orders.length > 0)?.orders ?? [];
  return {
    facts,
    customer,
    order: order === undefined || others.length > 0 ? null : order,
    anchor: customer === null || root === null ? null : anchorOf([root, ...shadowRoots], customer),
    recipe: byRecipe === null ? null : { id: byRecipe.recipeId, missing: byRecipe.missing },
    shadowRoots,
  };
}

/** The parties of all methods, best first, as the one they describe; null where they describe several. */
function theOneParty(methods: readonly Party[][]): Party | null {
  let whole: Party | null = null;
  for (const parties of methods) {
    const named = parties.filter((party) => nameOf(party) !== undefined);
    const isOther = (one: Party, other: Party): boolean => differ(one, other) || areNamesakes(one, other);
    if (named.some((one, index) => named.slice(index + 1).some((other) => isOther(one, other)))) return null;
    if (whole === null) {
      const best = named.find((party) => customerOf(party) !== null) ?? named[0];
      if (best === undefined) continue;
      whole = new Map(best);
    }
    for (const party of parties) {
      const isAnother: boolean = differ(whole, party);
      if (isAnother && customerOf(party) !== null) return null;
      if (isAnother || areNamesakes(whole, party)) continue;
      if (agree(whole, party) || isSameName(whole, party) || parties.length === 1) merge(whole, party);
    }
  }
  return whole;
}

/** Fills what `whole` does not know from `party`; an address is taken as a whole or not at all. */
function merge(whole: Party, party: Party): void {
  const hasName = nameOf(whole) !== undefined;
  const hasAddress = whole.has('street') || whole.has('city') || whole.has('postal-code');
  for (const [kind, fact] of party) {
    if (whole.has(kind)) continue;
    if (hasName && (kind === 'person-name' || kind === 'company-name')) continue;
    if (hasAddress && isAddress(kind)) continue;
    whole.set(kind, fact);
  }
}

/** The longest part of a name without blanks and marks, which are written in many ways. */
const longestRun = (name: string): string =>
  name.split(/[^\p{L}\d]+/u).toSorted((a, b) => b.length - a.length)[0] ?? '';

/** The smallest visible element whose own text shows the customer's name, else VAT number, else e-mail address. */
function anchorOf(roots: ReadonlyArray<Element | ShadowRoot>, customer: Customer): Element | null {
  const name = comparable(customer.name);
  const email = customer.email === undefined ? null : comparable(customer.email);
  const probes = [longestRun(name), customer.vatNumber?.slice(0, 2), email].flatMap((probe) => probe ?? []);
  // Most texts of a page show nobody: only one with a part of what is looked for is looked at closely.
  const mayShow = (text: string): boolean => {
    const raw = text.toLowerCase();
    return probes.some((probe) => raw.includes(probe));
  };
  const best: Array<{ element: Element; length: number } | undefined> = [];
  let last: Element | null = null;
  let own = '';
  for (const root of roots) {
    for (const node of walk(root, mayShow)) {
      const element = node.nodeType === 3 ? node.parentElement : null;
      if (element === null) continue;
      own = ((element === last ? own : '') + (node.nodeValue ?? '')).slice(0, 1_000);
      last = element;
      if (!mayShow(own)) continue;
      const text = comparable(own);
      const shown = [
        text.includes(name),
        customer.vatNumber !== undefined && text.replace(/[\s.]/g, '').includes(customer.vatNumber),
        email !== null && text.includes(email),
      ].indexOf(true);
      if (shown < 0 || text.length >= (best[shown]?.length ?? Infinity)) continue;
      if (closest(element, notCustomers) === null && isVisible(element)) {
        best[shown] = { element, length: text.length };
      }
    }
  }
  return (best[0] ?? best[1] ?? best[2])?.element ?? null;
}

/** Where a page speaks of itself. */
const notCustomers = 'footer,header,nav,[role=contentinfo],[role=banner],[role=navigation]';
