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

/**
 * The elements and texts under `root` in document order, at most 20,000 nodes, without scripts, styles and what is
 * hidden.
 *
 * A tree walker, because a page can put its own elements in the place of a form's `firstChild` or `children`.
 */
export function* walk(root: Element): Generator<Node> {
  const walker = root.ownerDocument.createTreeWalker(root, 5); // elements and texts
  let skipped: Node | null = null;
  for (let seen = 0; seen < 20_000; seen += 1) {
    const node: Node | null = walker.nextNode();
    if (node === null) return;
    if (skipped?.contains(node)) continue;
    skipped = null;
    if (node.nodeType === 1 && (unread.has(node.nodeName.toUpperCase()) || isHidden(node as Element)))
      skipped = node;
    else yield node;
  }
}
