import { element } from './element.ts';
import { rowsFor, selectorFor } from './selector.ts';

/** What is to be picked: one element, the rows of a list, or an element of one of those rows. */
export type Wanted = { kind: 'one' } | { kind: 'rows' } | { kind: 'in-row'; rows: string };

const hostName = 'staffetta-picker';

/**
 * Lets a person point at something on the page: what the pointer is on is framed, a click takes it, Escape ends it. The page
 * itself gets none of these clicks.
 *
 * @returns a selector; null where nothing was taken
 */
export function pick(document: Document, wanted: Wanted): Promise<string | null> {
  for (const old of document.querySelectorAll(hostName)) old.dispatchEvent(new Event('end'));
  const host = document.createElement(hostName);
  const frame = element('div', {
    style:
      'position:fixed;z-index:2147483647;pointer-events:none;border:2px solid #0b6e4f;background:rgb(11 110 79 / 15%);border-radius:3px',
  });
  host.attachShadow({ mode: 'closed' }).append(frame);
  document.documentElement.append(host);

  return new Promise((resolve) => {
    const controller = new AbortController();
    const { signal } = controller;
    const end = (selector: string | null): void => {
      controller.abort();
      host.remove();
      resolve(selector);
    };
    const under = (event: MouseEvent): Element | null => {
      const [first] = event.composedPath();
      return first instanceof Element ? first : null;
    };
    const show = (event: MouseEvent): void => {
      const box = under(event)?.getBoundingClientRect();
      if (box === undefined) return;
      Object.assign(frame.style, {
        left: `${box.x - 2}px`,
        top: `${box.y - 2}px`,
        width: `${box.width}px`,
        height: `${box.height}px`,
      });
    };
    const swallow = (event: Event): void => {
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    const take = (event: MouseEvent): void => {
      swallow(event);
      const taken = event.isTrusted ? under(event) : null;
      if (taken !== null) end(selectorOf(document, taken, wanted));
    };
    const options = { capture: true, signal };
    document.addEventListener('mousemove', show, options);
    for (const name of ['mousedown', 'mouseup', 'pointerdown', 'pointerup'] as const) {
      document.addEventListener(name, swallow, options);
    }
    document.addEventListener('click', take, options);
    document.addEventListener('keydown', (event) => event.key === 'Escape' && end(null), options);
    host.addEventListener('end', () => end(null), { signal });
  });
}

function selectorOf(document: Document, taken: Element, wanted: Wanted): string | null {
  if (wanted.kind === 'one') return selectorFor(taken, document);
  if (wanted.kind === 'rows') return rowsFor(taken, document)?.selector ?? null;
  const row = [...document.querySelectorAll(wanted.rows)].find((one) => one.contains(taken));
  return row === undefined ? null : selectorFor(taken, row);
}
