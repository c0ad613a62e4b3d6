import type { Fact } from '../../shared/fact.ts';
import { readThings, type Structured } from './schema-org.ts';
import { outside } from './walk.ts';

const nodesMax = 20_000;

/** How a way of marking elements up says what a thing is and what of its parent it is. */
export interface Markup {
  method: Fact['method'];
  /** Finds whether the page uses it at all. */
  sign: string;
  /** The schema.org type of a thing, or empty where it has none; null where `element` is no thing. */
  typeOf(element: Element): string | null;
  /** Names of properties, separated by spaces; null where `element` is none. */
  propertyOf(element: Element): string | null;
}

/** Reads whom the page's marked-up elements are about, outside footers, headers and navigation. */
export function readTree(document: Document, { method, sign, typeOf, propertyOf }: Markup): Structured {
  const root = document.body as HTMLElement | null;
  if (root === null || document.querySelector(sign) === null) return { parties: [], own: [], orders: [] };

  const roots: unknown[] = [];
  const elements = new Map<unknown, Element>();
  const open: Array<{ element: Element; thing: Record<string, unknown> }> = [];
  const walker = document.createTreeWalker(root, 1); // elements
  for (let seen = 0; seen < nodesMax; seen += 1) {
    const element = walker.nextNode() as Element | null;
    if (element === null) break;
    const type = typeOf(element);
    const property = propertyOf(element);
    if (type === null && property === null) continue;
    while (open.length > 0 && !open.at(-1)?.element.contains(element)) open.pop();
    const parent = open.at(-1)?.thing;

    let value: unknown;
    if (type === null) value = valueOf(element);
    else {
      const thing = Object.create(null) as Record<string, unknown>;
      if (type !== '') thing['@type'] = type;
      elements.set(thing, element);
      open.push({ element, thing });
      value = thing;
      if ((property === null || parent === undefined) && element.closest(outside) === null) roots.push(thing);
    }
    if (property === null || parent === undefined) continue;
    for (const name of property.split(/\s+/))
      if (/^\w+$/.test(name)) parent[name] = joined(parent[name], value);
  }
  return readThings(roots, method, { elements });
}

/** `known` with one value more, up to the two hundred that are read of any property. */
function joined(known: unknown, value: unknown): unknown {
  if (known === undefined) return value;
  const values = Array.isArray(known) ? (known as unknown[]) : [known];
  if (values.length < 200) values.push(value);
  return values;
}

/** What `element` says as the value of a property; a link is read by its text unless it is an address to write to. */
function valueOf(element: Element): string | null {
  const content = element.getAttribute('content') ?? element.getAttribute('value');
  if (content !== null) return content;
  const link = element.getAttribute('href');
  return link !== null && (/^(?:mailto|tel):/i.test(link) || element.nodeName === 'LINK')
    ? link
    : element.textContent;
}
