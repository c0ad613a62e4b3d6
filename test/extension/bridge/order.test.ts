import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentOf } from '../../../extension/bridge/order.ts';
import type { OrderLine, PageOrder } from '../../../shared/fact.ts';

const vatTypes = [
  { id: 0, value: 22 },
  { id: 3, value: 10 },
  { id: 66, value: 0 },
];
const client = { id: 5, name: 'Falegnameria Monte Sole S.r.l.' };
const place = { subject: '812 · shop.example', day: '2026-11-01' };
const euro = 100_000;

const line = (more: Partial<OrderLine>): OrderLine => ({
  description: 'Tavolo',
  quantity: 1,
  unitPrice: null,
  total: null,
  vatRate: null,
  ...more,
});
const order = (more: Partial<PageOrder>): PageOrder => ({
  number: '812',
  currency: 'EUR',
  includesVat: null,
  lines: [line({ unitPrice: 100 * euro })],
  tax: null,
  total: null,
  ...more,
});
const made = (given: PageOrder) => documentOf(given, client, vatTypes, place);
const fieldsOf = (given: PageOrder): unknown => {
  try {
    return made(given);
  } catch (error) {
    return (error as { fields?: unknown }).fields;
  }
};

describe('an order on a page becomes a document with the same total, or none', () => {
  it('net lines, the rate found by the order’s tax', () => {
    const lines = [
      line({ unitPrice: 1_250 * euro, quantity: 2 }),
      line({ description: 'Olio', unitPrice: 1_230_000, quantity: 3 }),
    ];
    expect(made(order({ includesVat: false, lines, tax: 55_812_000, total: 309_502_000 }))).toEqual({
      entity: client,
      date: '2026-11-01',
      currency: { id: 'EUR' },
      subject: '812 · shop.example',
      items_list: [
        { name: 'Tavolo', qty: 2, net_price: 1_250, vat: { id: 0 } },
        { name: 'Olio', qty: 3, net_price: 12.3, vat: { id: 0 } },
      ],
      payments_list: [{ amount: 3_095.02, due_date: '2026-11-01', status: 'not_paid' }],
    });
  });

  it('gross lines stay gross', () => {
    const lines = [
      line({ unitPrice: 4_880_000, total: 4_880_000 }),
      line({ description: 'E27', unitPrice: 366_000, quantity: 4, total: 1_464_000 }),
    ];
    expect(made(order({ includesVat: true, lines, tax: 1_144_000, total: 6_344_000 }))).toMatchObject({
      use_gross_prices: true,
      items_list: [
        { name: 'Tavolo', qty: 1, gross_price: 48.8 },
        { name: 'E27', qty: 4, gross_price: 3.66 },
      ],
      payments_list: [{ amount: 63.44 }],
    });
  });

  it('a unit price with more decimals than cents is put in as one sum, since it would be rounded otherwise', () => {
    const lines = [line({ description: 'Vite', unitPrice: 12_345, quantity: 10, vatRate: 22 })];
    expect(made(order({ includesVat: false, lines, total: 150_000 }))).toMatchObject({
      items_list: [{ name: '10 × Vite', qty: 1, net_price: 1.23, vat: { id: 0 } }],
      payments_list: [{ amount: 1.5 }],
    });
  });

  it('whether prices have VAT in them is found by the sums where the page does not say', () => {
    const lines = [line({ unitPrice: 122 * euro })];
    expect(made(order({ lines, tax: 22 * euro, total: 122 * euro }))).toMatchObject({
      use_gross_prices: true,
    });
    expect(
      made(order({ lines: [line({ unitPrice: 100 * euro })], tax: 22 * euro, total: 122 * euro })),
    ).not.toHaveProperty('use_gross_prices');
  });

  it.each<[string, Partial<PageOrder>, string[]]>([
    ['another currency', { currency: 'CHF' }, ['currency']],
    ['nothing about VAT', { total: 100 * euro }, ['vat']],
    ['a tax that no rate gives', { includesVat: false, tax: 5 * euro, total: 105 * euro }, ['vat: Tavolo']],
    [
      'a total with something beside the lines',
      { includesVat: false, tax: 22 * euro, total: 130 * euro },
      ['total'],
    ],
    [
      'a line that contradicts itself',
      { includesVat: false, tax: 0, lines: [line({ unitPrice: 10 * euro, quantity: 3, total: 99 * euro })] },
      ['line: Tavolo'],
    ],
    [
      'a rate that the company does not have',
      { includesVat: false, lines: [line({ unitPrice: euro, vatRate: 4 })] },
      ['vat: Tavolo'],
    ],
  ])('%s: a person has to decide', (_, more, fields) => {
    expect(fieldsOf(order(more))).toEqual(fields);
  });

  it('of several kinds of no tax none is the one', () => {
    const several = [...vatTypes, { id: 67, value: 0 }];
    const given = order({ includesVat: false, lines: [line({ unitPrice: euro, vatRate: 0 })] });
    expect(() => documentOf(given, client, several, place)).toThrow(
      expect.objectContaining({ fields: ['vat: Tavolo'] }) as Error,
    );
  });

  it('whatever the lines are, the sum is the page’s to the cent', () => {
    const one = fc.record({
      cents: fc.integer({ min: 1, max: 900_000 }),
      quantity: fc.integer({ min: 1, max: 40 }),
      rate: fc.constantFrom(22, 10, 0),
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 20 }), (lines) => {
        const nets = new Map<number, number>();
        for (const { cents, quantity, rate } of lines)
          nets.set(rate, (nets.get(rate) ?? 0) + cents * quantity);
        const total = [...nets].reduce((sum, [rate, net]) => sum + net + Math.round((net * rate) / 100), 0);
        const document = made(
          order({
            includesVat: false,
            lines: lines.map(({ cents, quantity, rate }) =>
              line({ unitPrice: cents * 1_000, quantity, vatRate: rate }),
            ),
            total: total * 1_000,
          }),
        );
        expect(Math.round((document.payments_list[0]?.amount ?? 0) * 100)).toBe(total);
      }),
    );
  });
});
