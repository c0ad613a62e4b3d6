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

/** What a browser with the second version of intersection observers tells beside the first (W3C, Intersection Observer V2). */
type SeenEntry = IntersectionObserverEntry & { isVisible?: boolean };

/** Longest wait for the browser to say what can be seen, in milliseconds. */
const sightMs = 600;

/**
 * Watches whether a person can really see `element`: nothing of the page lies over it, also nothing that lets clicks
 * through. Chromium can tell; another browser is taken at its word about what else is in the top layer.
 *
 * @returns asks; what has only just been opened is waited for
 */
export function watchSight(element: Element): () => Promise<boolean> {
  let sight: boolean | null = null;
  let canTell = true;
  let tell: () => void = () => undefined;
  const observer = new IntersectionObserver(
    (entries) => {
      const { isVisible, isIntersecting } = (entries.at(-1) ?? {}) as Partial<SeenEntry>;
      canTell = isVisible !== undefined;
      // While it is closed there is nothing to say.
      sight = isIntersecting === true ? isVisible === true : null;
      if (sight !== null || !canTell) tell();
    },
    // 100 ms is the shortest delay that a browser accepts with it.
    { threshold: [0, 0.5, 1], trackVisibility: true, delay: 100 } as IntersectionObserverInit,
  );
  observer.observe(element);
  return async () => {
    if (canTell && sight === null) {
      await new Promise<void>((resolve) => {
        tell = resolve;
        setTimeout(resolve, sightMs);
      });
    }
    return canTell
      ? sight === true
      : document.querySelector(':popover-open, dialog:modal, :fullscreen') === null;
  };
}
