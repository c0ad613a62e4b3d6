import type { DocumentType, OrderOffer, RecordDifference } from '../../shared/view/fatture-in-cloud.ts';
import { failureText, money, text, type TextKey } from '../text.ts';
import { element } from './element.ts';

/** Makes a button that only a person can press. */
export type MakeButton = (label: string, press: () => void) => HTMLButtonElement;

/** Names and values, one under the other. */
export const rows = (entries: ReadonlyArray<readonly [TextKey, string]>): HTMLElement =>
  element(
    'dl',
    {},
    ...entries.flatMap(([key, value]) => [element('dt', {}, text(key)), element('dd', {}, value)]),
  );

/** What can be made of the order on the page; for invoices with a choice of the series of numbers, where there is one. */
export function orderParts(
  offer: OrderOffer,
  button: MakeButton,
  make: (offerId: string, type: DocumentType, numeration: string) => void,
): Node[] {
  const title = element('h3', {}, text('order_title'));
  if (offer.status === 'refused') return [title, element('p', { class: 'note' }, failureText(offer.failure))];
  const sums = [
    ['order_net', offer.net],
    ['order_tax', offer.tax],
    ['order_total', offer.gross],
  ] as const;
  const series = element(
    'select',
    { id: 'series' },
    ...offer.numerations.map((name) =>
      element('option', { value: name }, name === '' ? text('series_usual') : name),
    ),
  );
  const hasChoice = offer.numerations.length > 0;
  const choice = hasChoice ? [element('label', { class: 'note' }, text('series_label'), series)] : [];
  return [
    title,
    element('p', { class: 'note' }, text('order_preview', offer.subject)),
    element('ul', {}, ...offer.lines.map((line) => element('li', {}, line))),
    rows(sums.map(([key, amount]) => [key, money({ amount, currency: 'EUR' })] as const)),
    ...offer.types.flatMap((type) => [
      ...(type === 'invoice' ? choice : []),
      button(text(`document_${type}`), () =>
        make(offer.offerId, type, type === 'invoice' && hasChoice ? series.value : ''),
      ),
    ]),
  ];
}

/** What the page says differently, field by field. What would overwrite something is taken only if it is ticked. */
export function differenceParts(
  differences: readonly RecordDifference[],
  button: MakeButton,
  update: (fields: string[]) => void,
): Node[] {
  if (differences.length === 0) return [];
  const boxes = differences.map(({ field, from }) => {
    const box = element('input', { type: 'checkbox' });
    box.checked = from === '';
    return [field, box] as const;
  });
  const lines = differences.map(({ field, from, to }, index) =>
    element(
      'label',
      { class: 'choice' },
      ...boxes.slice(index, index + 1).map(([, box]) => box),
      element(
        'span',
        {},
        `${text(`field_${field}` as TextKey)}: `, // keys tested
        ...(from === '' ? [] : [element('del', {}, from), ' ']),
        to,
      ),
    ),
  );
  const send = button(text('record_update'), () =>
    update(boxes.flatMap(([field, box]) => (box.checked ? [field] : []))),
  );
  const follow = (): void => {
    send.disabled = !boxes.some(([, box]) => box.checked);
  };
  for (const [, box] of boxes) box.addEventListener('change', follow);
  follow();
  return [element('h3', {}, text('record_differences')), ...lines, send];
}
