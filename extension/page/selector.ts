import { hostOf } from '../facts/walk.ts';

/** Names that stay when a page is built anew: no digits, no hashes. */
const isLasting = (name: string): boolean =>
  /^[a-z][a-z_-]{1,40}$/i.test(name) && !/^(?:css|sc|jss)-/i.test(name);

/** Attributes by which sites name what stands where. */
const naming = [
  'data-testid',
  'data-test',
  'data-field',
  'data-name',
  'itemprop',
  'name',
  'aria-label',
] as const;

/** Names of an element, the best first: its id, attributes that name it, its classes; each with its tag. */
function namesOf(element: Element): string[] {
  const tag = element.localName;
  const attributes = naming.flatMap((name) => {
    const value = element.getAttribute(name);
    return value === null || value.length > 60 || /["\\\n]/.test(value) ? [] : [`${tag}[${name}="${value}"]`];
  });
  const classes = [...element.classList].filter(isLasting).map((name) => `${tag}.${CSS.escape(name)}`);
  const id = isLasting(element.id) ? [`#${CSS.escape(element.id)}`] : [];
  return [...id, ...attributes, ...classes];
}

const place = (element: Element): string => {
  const twins = [...(element.parentElement?.children ?? [])].filter(
    ({ localName }) => localName === element.localName,
  );
  return twins.length < 2
    ? element.localName
    : `${element.localName}:nth-of-type(${twins.indexOf(element) + 1})`;
};

/** Whether `selector` finds this element first in `scope`. */
const finds = (scope: ParentNode, selector: string, element: Element): boolean =>
  scope.querySelector(selector) === element;

/**
 * A selector that finds `element` first in `scope`, by names that a redesign is least likely to change; by its place where
 * nothing has a name. Borders of open shadow roots are written `>>>`.
 */
export function selectorFor(element: Element, scope: ParentNode): string {
  const root = element.getRootNode();
  const host = hostOf(element);
  const within =
    host !== null && !(scope instanceof Node && root.contains(scope)) ? (root as ShadowRoot) : scope;
  const own = shortest(element, within);
  return within === scope || host === null ? own : `${selectorFor(host, scope)} >>> ${own}`;
}

function shortest(element: Element, scope: ParentNode): string {
  if (element === scope) return ':self';
  let tail = '';
  for (let at: Element | null = element; at !== null && at !== scope; at = at.parentElement) {
    for (const name of [...namesOf(at), place(at)]) {
      const selector = tail === '' ? name : `${name} > ${tail}`;
      if (finds(scope, selector, element)) return selector;
    }
    const [best] = namesOf(at);
    tail = [best ?? place(at), ...(tail === '' ? [] : [tail])].join(' > ');
  }
  return tail;
}

/** A selector that finds every row of the list or table that `element` stands in; null where it stands in none. */
export function rowsFor(element: Element, scope: ParentNode): { selector: string; row: Element } | null {
  for (let at: Element | null = element; at?.parentElement != null; at = at.parentElement) {
    const parent: Element = at.parentElement;
    const { localName } = at;
    const twins = [...parent.children].filter((other) => other.localName === localName);
    if (twins.length < 2 || ['td', 'th', 'span', 'p', 'a', 'dt', 'dd', 'option'].includes(localName))
      continue;
    const name = namesOf(at).find(
      (one) => !one.startsWith('#') && twins.filter((row) => row.matches(one)).length > 1,
    );
    return { selector: `${selectorFor(parent, scope)} > ${name ?? localName}`, row: at };
  }
  return null;
}
