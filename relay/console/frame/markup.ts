import { jsx } from 'hono/jsx';

/** A piece of a page. Strings are escaped wherever they stand; there is no way here to put markup in by string. */
export type Markup = Parameters<typeof jsx>[2];

/** The markup as text, everything in it escaped. No piece of ours is a promise. */
export const rendered = (node: ReturnType<typeof jsx>): string => node.toString() as string;

/** Attributes by name; one that is undefined or false is left out. */
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Makes an element. Node runs TypeScript as it is but no JSX syntax, so pages call what JSX would be compiled to. */
export const h = (
  tag: string,
  attributes: Attributes | null,
  ...children: Markup[]
): ReturnType<typeof jsx> => jsx(tag, { ...attributes }, ...children);

/** A paragraph of plain words that explains something. */
export const hint = (...children: Markup[]): Markup => h('p', { class: 'hint' }, ...children);

/** A part of a page with a heading of its own. */
export const card = (title: string, ...children: Markup[]): Markup =>
  h('section', { class: 'card' }, h('h2', null, title), ...children);

/**
 * A table that becomes a list of cards where there is no room; its roles are named because that costs it its own.
 *
 * @param caption for those who hear the page: others see the heading above
 */
export function table(
  caption: string,
  names: readonly string[],
  rows: ReadonlyArray<readonly Markup[]>,
): Markup {
  // What nobody may press here needs no column.
  const columns = names.flatMap((name, index) =>
    rows.some((cells) => cells[index] !== null) ? [{ name, index }] : [],
  );
  const head = columns.map(({ name }) => h('th', { scope: 'col', role: 'columnheader' }, name));
  const body = rows.map((cells) =>
    h(
      'tr',
      { role: 'row', 'data-row': true },
      ...columns.map(({ name, index }) =>
        h('td', { role: 'cell', 'data-label': name }, h('div', null, cells[index])),
      ),
    ),
  );
  return h(
    'table',
    { role: 'table' },
    h('caption', null, caption),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ...head)),
    h('tbody', { role: 'rowgroup' }, ...body),
  );
}

/** Names with what belongs to each. */
export const facts = (pairs: ReadonlyArray<readonly [name: string, value: Markup]>): Markup =>
  h('dl', null, ...pairs.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))));

/** A labelled field with an explanation that screen readers read with it. */
export function field(
  { id, label, help }: { id: string; label: string; help?: string },
  make: (attributes: { id: string; name: string; 'aria-describedby'?: string }) => Markup,
): Markup {
  const described = help === undefined ? {} : { 'aria-describedby': `${id}-help` };
  return h(
    'div',
    { class: 'field' },
    h('label', { for: id }, label),
    make({ id, name: id, ...described }),
    help === undefined ? null : h('p', { class: 'hint', id: `${id}-help` }, help),
  );
}

/** A list to choose one from. */
export const choice = (
  attributes: Attributes,
  options: ReadonlyArray<readonly [value: string, text: string]>,
  chosen: string,
): Markup =>
  h(
    'select',
    attributes,
    ...options.map(([value, text]) => h('option', { value, selected: value === chosen }, text)),
  );

/** A tick box with its words. */
export const tick = (name: string, value: string, text: string, isTicked: boolean): Markup =>
  h(
    'label',
    { class: 'tick' },
    h('input', { type: 'checkbox', name, value, checked: isTicked }),
    h('span', null, text),
  );

/** A state as a small coloured word; the colour says nothing that the word does not. */
export const badge = (kind: 'good' | 'bad' | 'plain', text: string): Markup =>
  h('span', { class: `badge ${kind}` }, text);
