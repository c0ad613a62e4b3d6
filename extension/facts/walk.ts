/** What a page says about itself, not about a customer. */
export const outside =
  'footer,header,nav,aside,[role=contentinfo],[role=banner],[role=navigation],[role=complementary]';

const unread = new Set(
  'SCRIPT,STYLE,NOSCRIPT,TEMPLATE,TEXTAREA,SELECT,OPTION,HEAD,IFRAME,OBJECT,SVG,MATH,CANVAS'.split(','),
);

/** Whether nobody sees `element`, as far as its own attributes tell. */
function isHidden(element: Element): boolean {
  if (element.hasAttribute('hidden') || element.getAttribute('aria-hidden') === 'true') return true;
  const style = element.getAttribute('style');
  return style !== null && /display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)/i.test(style);
}

/** Whether a person looking at the page sees `element`; a document that is not laid out hides nothing more. */
export function isVisible(element: Element): boolean {
  const check = (element as Partial<Element>).checkVisibility;
  return typeof check !== 'function' || check.call(element, { visibilityProperty: true });
}

/** The closest element that `selector` fits, over the borders of open shadow roots. */
export function closest(element: Element, selector: string): Element | null {
  for (let from: Element | null = element; from !== null; from = hostOf(from)) {
    const found = from.closest(selector);
    if (found !== null) return found;
  }
  return null;
}

/** The element in whose shadow another one stands; null for one of the document. */
export function hostOf(element: Element): Element | null {
  const root = element.getRootNode() as Partial<ShadowRoot>;
  return root.host ?? null;
}

/** Most nodes of a page that are read. */
const nodesMax = 20_000;

/** From this many children on an element is asked first whether it has anything in it that is looked for. */
const largeFrom = 20;

/**
 * Elements that may have a shadow: all but the commonest of HTML, of which only empty ones do. A short list: the browser goes
 * through it for every element.
 */
const mayHost = ':not(div,span,td,tr,a,p,li,path,option),div:empty,span:empty';

/**
 * The open shadow roots under `root`, each followed by those within it: of elements of the page's own, and of HTML's where
 * nothing else stands in them. To ask every element of a large page would cost more than reading it.
 */
export function shadowRootsIn(root: ParentNode): ShadowRoot[] {
  const found: ShadowRoot[] = [];
  for (const { shadowRoot } of Array.from(root.querySelectorAll(mayHost)).slice(0, nodesMax)) {
    // A form whose field is called so would have an element there.
    if ((shadowRoot as Node | null)?.nodeType !== 11 || shadowRoot === null) continue;
    found.push(shadowRoot, ...shadowRootsIn(shadowRoot));
  }
  return found;
}

/**
 * The elements and texts under `root` in document order, at most 20,000 nodes, without scripts, styles and what is
 * hidden.
 *
 * A tree walker, because a page can put its own elements in the place of a form's `firstChild` or `children`.
 *
 * @param isWorth told the text of a large part of the page: whether it is to be looked at closely. Most of a long list or
 *   table is not, and one look at its whole text costs less than visiting its cells.
 */
export function* walk(root: Element | ShadowRoot, isWorth: (text: string) => boolean): Generator<Node> {
  const walker = root.ownerDocument.createTreeWalker(root, 5); // elements and texts
  let node: Node | null = walker.nextNode();
  for (let seen = 0; node !== null && seen < nodesMax; seen += 1) {
    if (node.nodeType === 1 && isPassedOver(node as Element, isWorth)) {
      node = afterAll(walker);
      continue;
    }
    yield node;
    node = walker.nextNode();
  }
}

const isPassedOver = (element: Element, isWorth: (text: string) => boolean): boolean =>
  unread.has(element.nodeName.toUpperCase()) ||
  isHidden(element) ||
  (element.childElementCount >= largeFrom && !isWorth(element.textContent ?? ''));

/** The next node that is not below the current one. */
function afterAll(walker: TreeWalker): Node | null {
  for (;;) {
    const next = walker.nextSibling();
    if (next !== null) return next;
    if (walker.parentNode() === null) return null;
  }
}
