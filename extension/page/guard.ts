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
  const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return hit === host;
}
