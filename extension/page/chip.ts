import type { PageFacts } from '../facts/read.ts';
import { text } from '../text.ts';
import { createCard, type About } from './card.ts';
import { element } from './element.ts';
import { isDeliberate } from './guard.ts';
import { style } from './style.ts';
import { isDarkAt } from './theme.ts';

const hostName = 'staffetta-chip';

const icon = (): SVGElement => {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', 'M3.2 11.4 11.4 3.2a1 1 0 0 1 1.4 1.4l-8.2 8.2a1 1 0 0 1-1.4-1.4z');
  svg.append(path);
  return svg;
};

/** The one chip of a page. */
export interface Chip {
  /** Puts it beside whom the page is about, or takes it away; one that is right already stays. */
  show(facts: Pick<PageFacts, 'customer' | 'order' | 'anchor' | 'recipe'>): void;
  /** Whether a node is the chip's. */
  isOwn(node: Node): boolean;
}

/** Makes the chip of a page. It goes when `signal` aborts, or when a newer copy of this script starts. */
export function createChip(signal: AbortSignal): Chip {
  for (const old of document.querySelectorAll(hostName)) old.remove();
  let host: HTMLElement | null = null;
  let shown = '';

  const remove = (): void => {
    host?.remove();
    host = null;
  };
  signal.addEventListener('abort', remove);
  return {
    isOwn: (node) => node === host,
    show({ customer, order, anchor, recipe }) {
      if (customer === null || anchor === null) return remove();
      const about = { customer, order, needsRepair: (recipe?.missing.length ?? 0) > 0 };
      const wanted = JSON.stringify(about);
      // The page may have put another element in the place of the one it stood in.
      if (host?.isConnected === true && shown === wanted) return;
      remove();
      shown = wanted;
      host = chipFor(about, isDarkAt(anchor));
      anchor.append(host);
    },
  };
}

function chipFor(about: About, isDark: boolean): HTMLElement {
  const host = document.createElement(hostName);
  const root = host.attachShadow({ mode: 'closed' });
  const chip = element(
    'button',
    {
      class: isDark ? 'chip dark' : 'chip',
      type: 'button',
      'aria-haspopup': 'dialog',
      'aria-label': text('chip_label', about.customer.name),
    },
    icon(),
    'Staffetta',
  );
  root.append(element('style', {}, style), chip);
  const card = createCard(root, host, chip, { ...about, isDark });
  chip.addEventListener('click', (event) => {
    // The page's own handlers on the row or link around the chip are not meant.
    event.preventDefault();
    event.stopPropagation();
    if (!isDeliberate(event, host, chip)) return;
    if (card.isOpen()) card.close();
    else card.open();
  });
  return host;
}
