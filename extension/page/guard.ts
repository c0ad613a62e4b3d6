/**
 * Whether a click on our own button is a person's: a real input event, on a button that is visible, opaque and not
 * covered by anything of the page.
 *
 * `host` is the element of the page that carries our closed shadow root: hits inside it are reported as hits on it.
 */
export function isDeliberate(event: MouseEvent, host: Element, button: Element): boolean {
  if (!event.isTrusted) return false;
  if (!host.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) return false;
  const box = button.getBoundingClientRect();
  if (box.width < 8 || box.height < 8) return false;
  return isOnTop(host, box.x + box.width / 2, box.y + box.height / 2);
}

/** Whether `element` is what is hit there: in the shadow root it stands in, and so is that root's host, up to the document. */
function isOnTop(element: Element, x: number, y: number): boolean {
  const root = element.getRootNode() as Document | ShadowRoot; // it is connected: something was clicked
  if (root.elementFromPoint(x, y) !== element) return false;
  return root instanceof Document || isOnTop(root.host, x, y);
}
