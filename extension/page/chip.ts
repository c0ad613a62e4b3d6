import type { Customer } from '../../shared/fact.ts';
import { text } from '../text.ts';
import { createCard } from './card.ts';
import { element } from './element.ts';
import { isDeliberate } from './guard.ts';
import { style } from './style.ts';

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

/**
 * Puts one chip beside the customer's name. It belongs to the page's `anchor` and goes when `signal` aborts, or when
 * a newer copy of this script starts.
 */
export function showChip(anchor: Element, customer: Customer, signal: AbortSignal): void {
  for (const old of document.querySelectorAll(hostName)) old.remove();
  const host = document.createElement(hostName);
  const root = host.attachShadow({ mode: 'closed' });
  const chip = element(
    'button',
    {
      class: 'chip',
      type: 'button',
      'aria-haspopup': 'dialog',
      'aria-label': text('chip_label', customer.name),
    },
    icon(),
    'Staffetta',
  );
  root.append(element('style', {}, style), chip);
  anchor.append(host);
  const card = createCard(root, host, chip, customer);
  chip.addEventListener(
    'click',
    (event) => {
      // The page's own handlers on the row or link around the chip are not meant.
      event.preventDefault();
      event.stopPropagation();
      if (!isDeliberate(event, host, chip)) return;
      if (card.isOpen()) card.close();
      else card.open();
    },
    { signal },
  );
  signal.addEventListener('abort', () => host.remove());
}
