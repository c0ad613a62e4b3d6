import type { PageFacts } from '../facts/read.ts';

/** How long the page must have been still before it is read again, in milliseconds. */
const stillMs = 250;

const observed = { childList: true, characterData: true, subtree: true };

/** Reading again never takes up more than about this part of the time. */
const share = 0.02;

/**
 * Reads the page now, and again whenever it has changed and come to rest: navigation within the page, content that comes
 * late. A tab that nobody sees is not read until somebody does.
 *
 * @param isOwn whether a node is of our own making
 */
export function watchPage(
  document: Document,
  { read, show, isOwn }: { read(): PageFacts; show(facts: PageFacts): void; isOwn(node: Node): boolean },
  signal: AbortSignal,
): void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let notBefore = 0;
  let isStale = false;

  const look = (): void => {
    timer = null;
    if (signal.aborted) return;
    if (document.hidden) {
      isStale = true;
      return;
    }
    isStale = false;
    const startedAt = performance.now();
    const facts = read();
    for (const root of facts.shadowRoots) observer.observe(root, observed);
    show(facts);
    const endedAt = performance.now();
    notBefore = endedAt + (endedAt - startedAt) / share;
  };
  const later = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(look, Math.max(stillMs, notBefore - performance.now()));
  };

  const observer = new MutationObserver((changes) => {
    const isOurs = changes.every(
      ({ target, addedNodes, removedNodes }) =>
        isOwn(target) || [...addedNodes, ...removedNodes].some((node) => isOwn(node)),
    );
    if (!isOurs) later();
  });
  const onVisible = (): void => {
    if (!document.hidden && isStale) later();
  };
  look();
  observer.observe(document.documentElement, observed);
  document.addEventListener('visibilitychange', onVisible, { signal });
  signal.addEventListener('abort', () => {
    observer.disconnect();
    if (timer !== null) clearTimeout(timer);
  });
}
