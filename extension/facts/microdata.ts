import { readThings, type Structured } from './schema-org.ts';
import { outside } from './walk.ts';

const nodesMax = 20_000;
const schemaOrg = /^https?:\/\/schema\.org\/(\w+)\/?$/i;

/** Reads whom the page's microdata is about, outside footers, headers and navigation. */
export function readMicrodata(document: Document): Structured {
  const root = document.body as HTMLElement | null;
  if (root === null || document.querySelector('[itemscope]') === null) return { parties: [], own: [] };

  const roots: unknown[] = [];
  const elements = new Map<unknown, Element>();
  const open: Array<{ element: Element; thing: Record<string, unknown> }> = [];
  const walker = document.createTreeWalker(root, 1); // elements
  for (let seen = 0; seen < nodesMax; seen += 1) {
    const element = walker.nextNode() as Element | null;
    if (element === null) break;
    const isItem = element.hasAttribute('itemscope');
    const property = element.getAttribute('itemprop');
    if (!isItem && property === null) continue;
    while (open.length > 0 && !open.at(-1)?.element.contains(element)) open.pop();
    const parent = open.at(-1)?.thing;

    let value: unknown;
    if (isItem) {
      const type = schemaOrg.exec(element.getAttribute('itemtype')?.trim() ?? '')?.[1];
      const thing = Object.create(null) as Record<string, unknown>;
      if (type !== undefined) thing['@type'] = type;
      elements.set(thing, element);
      open.push({ element, thing });
      value = thing;
      if ((property === null || parent === undefined) && element.closest(outside) === null) roots.push(thing);
    } else {
      value = valueOf(element);
    }
    if (property === null || parent === undefined) continue;
    for (const name of property.split(/\s+/))
      if (/^\w+$/.test(name)) parent[name] = joined(parent[name], value);
  }
  return readThings(roots, 'microdata', { elements });
}

/** `known` with one value more, up to the twenty that are read of any property. */
function joined(known: unknown, value: unknown): unknown {
  if (known === undefined) return value;
  const values = Array.isArray(known) ? (known as unknown[]) : [known];
  if (values.length < 20) values.push(value);
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
