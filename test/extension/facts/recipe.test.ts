import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';
import { readPage } from '../../../extension/facts/read.ts';
import { builtInRecipes } from '../../../extension/recipes/registry.ts';
import { parseDocument } from '../../dom.ts';
import { Recipe } from '../../../shared/recipe.ts';
import type { Customer, PageOrder } from '../../../shared/fact.ts';

interface Expected {
  url: string;
  customer: Customer | null;
  recipe: string | null;
  order: PageOrder | null;
}

const folder = new URL('../../vectors/recipes/', import.meta.url);
const cases = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => {
    const expected = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Expected;
    const html = readFileSync(new URL(name.replace(/json$/, 'html'), folder), 'utf8');
    return { name: name.replace(/\.json$/, ''), html, expected };
  });

/** A document that stands at `url`. */
function documentAt(html: string, url: string): Document {
  const document = parseDocument(html);
  Object.defineProperty(document, 'location', { value: new URL(url) });
  return document;
}

const read = (html: string, url: string, recipes: readonly Recipe[] = builtInRecipes) =>
  readPage(documentAt(html, url), recipes);

describe('built-in recipes', () => {
  it.each(cases)('$name: the customer, and every line of the order to the cent', ({ html, expected }) => {
    const page = read(html, expected.url);
    expect(page.recipe).toEqual(expected.recipe === null ? null : { id: expected.recipe, missing: [] });
    expect(page.customer).toEqual(expected.customer);
    expect(page.order).toEqual(expected.order);
  });

  it('every recipe has a page that it is for', () => {
    const tried = new Set(cases.map(({ expected }) => expected.recipe));
    expect(builtInRecipes.map(({ id }) => id).filter((id) => !tried.has(id))).toEqual([]);
  });
});

const shop = cases.find(({ name }) => name === 'woocommerce') ?? cases[0];
const example: Recipe = {
  recipe: 1,
  id: 'example',
  name: { it: 'Esempio', en: 'Example' },
  match: { host: '*.example.it' },
  customer: { fields: { 'company-name': { select: ['.ragione'] }, 'e-mail': { select: ['.posta'] } } },
};
const page = (body: string) => `<!doctype html><html><body>${body}</body></html>`;
const ordinary = page('<p class="ragione">Rossi S.r.l.</p><p class="posta">a@example.it</p>');

describe('a recipe', () => {
  it('says what it should have found and did not: the site has changed', () => {
    const broken = (shop?.html ?? '').replaceAll('wc-order-item-name', 'x').replaceAll('class="item"', '');
    expect(read(broken, shop?.expected.url ?? '').recipe).toEqual({ id: 'woocommerce', missing: ['order'] });
    // What the page says in other ways is still read.
    expect(read(broken, shop?.expected.url ?? '').customer?.vatNumber).toBe('04172639991');
  });

  it.each([
    ['another host', { host: 'other.example' }, false],
    ['the same host, any path', { host: 'www.example.it' }, true],
    ['both of two', { all: [{ host: '*.example.it' }, { path: '/ordini/*' }] }, true],
    ['one of two', { any: [{ host: 'x' }, { path: '*/7' }] }, true],
    ['not both of two', { all: [{ host: '*.example.it' }, { path: '/clienti/*' }] }, false],
    ['an element that is there', { finds: '.ragione' }, true],
    ['a selector that is none', { finds: ':::' }, false],
  ] as const)('applies by patterns: %s', (_, match, applies) => {
    const recipe = Recipe.parse({ ...example, match });
    expect(read(ordinary, 'https://www.example.it/ordini/7', [recipe]).recipe !== null).toBe(applies);
  });

  it('takes the next selector where the first finds nothing, and does only what the fixed list allows with a text', () => {
    const fields = {
      'company-name': { select: ['::bad', '.nowhere', '.ragione'], transforms: ['upper'] },
      'partita-iva': { select: ['.piva'], transforms: [{ after: 'IVA' }, { without: ':' }, 'first-word'] },
      'e-mail': { select: ['.posta'], attribute: 'title' },
    };
    const recipe = Recipe.parse({ ...example, customer: { fields } });
    const html = page(
      '<p class="ragione">Rossi S.r.l.</p><p class="piva">Partita IVA: 04172639991 (dal 2010)</p><a class="posta" title="b@example.it">x</a>',
    );
    expect(read(html, 'https://www.example.it/', [recipe]).customer).toEqual({
      type: 'company',
      name: 'ROSSI S.R.L.',
      vatNumber: '04172639991',
      email: 'b@example.it',
    });
  });

  it.each([
    ['code', { ...example, run: 'alert(1)' }],
    [
      'an unknown transform',
      { ...example, customer: { fields: { pec: { select: ['a'], transforms: ['eval'] } } } },
    ],
    ['a kind that there is not', { ...example, customer: { fields: { password: { select: ['input'] } } } }],
    ['a format of the future', { ...example, recipe: 2 }],
    ['no selector', { ...example, customer: { fields: { pec: { select: [] } } } }],
  ])('that has %s is refused whole', (_, value) => {
    expect(Recipe.safeParse(value).success).toBe(false);
  });
});

describe('what a site’s owner marks for us', () => {
  it('is believed before anything else on the page', () => {
    const html = page(`
      <section data-staffetta-customer><h2 data-staffetta="company-name">Vero Cliente S.r.l.</h2>
        <span data-staffetta="partita-iva" content="04172639991">nascosta</span>
        <span data-staffetta="sdi-code">m5uxcr1</span></section>
      <table data-staffetta-order="net"><caption>Ordine <b data-staffetta="number">A-9</b> in <b data-staffetta="currency">EUR</b></caption>
        <tr data-staffetta-line><td data-staffetta="description">Vite</td><td data-staffetta="quantity">10</td><td data-staffetta="unit-price">0,12345</td><td data-staffetta="vat-rate">22%</td></tr>
        <tr><td>Totale</td><td data-staffetta="total">1,51 €</td></tr></table>
      <script type="application/ld+json">{"@type":"Order","customer":{"name":"Altro","email":"altro@example.it"}}</script>`);
    const found = read(html, 'https://www.example.it/', []);
    expect(found.order).toEqual({
      number: 'A-9',
      currency: 'EUR',
      includesVat: false,
      lines: [{ description: 'Vite', quantity: 10, unitPrice: 12_345, total: null, vatRate: 22 }],
      tax: null,
      total: 151_000,
    });
    expect(
      found.facts.filter(({ method }) => method === 'mark').map(({ kind, value }) => [kind, value]),
    ).toEqual([
      ['company-name', 'Vero Cliente S.r.l.'],
      ['partita-iva', '04172639991'],
      ['sdi-code', 'M5UXCR1'],
    ]);
  });
});

it('the example in the documentation for owners of sites is read as it says', () => {
  const example = /```html\n([\s\S]+?)```/.exec(readFileSync('docs/partners.md', 'utf8'))?.[1] ?? '';
  const found = read(page(example), 'https://www.example.it/', []);
  expect(found.customer).toMatchObject({ vatNumber: '04172639991', sdiCode: 'M5UXCR1' });
  expect(found.order).toMatchObject({
    number: '812',
    includesVat: false,
    tax: 55_000_000,
    total: 305_000_000,
  });
});

describe('orders in structured data', () => {
  const order = {
    '@context': 'https://schema.org',
    '@type': 'Order',
    orderNumber: 'W-1',
    priceCurrency: 'EUR',
    price: '24.40',
    customer: { '@type': 'Person', name: 'Anna Bianchi', email: 'anna@example.it' },
    acceptedOffer: [
      {
        '@type': 'Offer',
        price: 10,
        itemOffered: { '@type': 'Product', name: 'Uno' },
        eligibleQuantity: { value: 2 },
      },
    ],
  };
  const expected = {
    number: 'W-1',
    currency: 'EUR',
    includesVat: null,
    lines: [{ description: 'Uno', quantity: 2, unitPrice: 1_000_000, total: null, vatRate: null }],
    tax: null,
    total: 2_440_000,
  };

  it('JSON-LD', () => {
    const html = page(
      `<script type="application/ld+json">${JSON.stringify(order)}</script><p>Anna Bianchi</p>`,
    );
    expect(read(html, 'https://www.example.it/').order).toEqual(expected);
  });

  it('RDFa, the customer too', () => {
    const html = page(`<div vocab="https://schema.org/" typeof="Order"><span property="orderNumber">W-1</span>
      <meta property="priceCurrency" content="EUR"><meta property="price" content="24.40">
      <div property="customer" typeof="Person"><span property="name">Anna Bianchi</span> <a property="email" href="mailto:anna@example.it">scrivi</a></div>
      <div property="acceptedOffer" typeof="Offer"><span property="price" content="10">10</span><div property="itemOffered" typeof="Product"><span property="name">Uno</span></div><div property="eligibleQuantity" typeof="QuantitativeValue"><meta property="value" content="2"></div></div></div>`);
    const found = read(html, 'https://www.example.it/');
    expect(found.order).toEqual(expected);
    expect(found.customer).toEqual({ type: 'person', name: 'Anna Bianchi', email: 'anna@example.it' });
  });

  it('an order with a line that cannot be read is no order: part of one would be a wrong one', () => {
    const broken = {
      ...order,
      acceptedOffer: [...order.acceptedOffer, { price: 'chiedere', itemOffered: 'Due' }],
    };
    const html = page(`<script type="application/ld+json">${JSON.stringify(broken)}</script>`);
    expect(read(html, 'https://www.example.it/').order).toBeNull();
  });

  it('of two orders on a page neither is the one', () => {
    const html = page(
      `<script type="application/ld+json">${JSON.stringify([order, { ...order, orderNumber: 'W-2' }])}</script>`,
    );
    expect(read(html, 'https://www.example.it/').order).toBeNull();
  });
});
