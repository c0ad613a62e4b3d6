import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { draftOf, lacksOf } from '../../../extension/bridge/invoice.ts';
import type { Client } from '../../../extension/fatture-in-cloud/client.ts';
import type { Invoice } from '../../../extension/stora/schemas.ts';

const euro = (amount: number) => ({ amount, currency: 'EUR' });
const vatTypes = [
  { id: 0, value: 22 },
  { id: 3, value: 10 },
  { id: 66, value: 0 },
];
const client: Client = { id: 5, name: 'Aurora Giardini S.r.l.' };

/** An invoice of these lines: net and tax in cents. */
const invoice = (lines: Array<[net: number, tax: number]>, more: Partial<Invoice> = {}): Invoice => ({
  id: 'inv_1',
  number: 'STO-1',
  total: euro(lines.reduce((sum, [net, tax]) => sum + net + tax, 0)),
  amount_due: euro(0),
  finalized_at: '2026-11-01T10:00:00Z',
  line_items: lines.map(([net, tax], index) => ({
    description: `Riga ${index + 1}`,
    tax: euro(tax),
    total_excluding_tax: euro(net),
  })),
  ...more,
});

const fieldsOf = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return (error as { fields?: unknown }).fields;
  }
  return 'a draft';
};

describe('an invoice of Stora becomes a draft with the same totals, or none', () => {
  it('every line with its own VAT type, one payment of the whole', () => {
    expect(
      draftOf(
        invoice([
          [9_900, 2_178],
          [1_000, 0],
        ]),
        client,
        vatTypes,
      ),
    ).toEqual({
      entity: { id: 5, name: 'Aurora Giardini S.r.l.' },
      date: '2026-11-01',
      currency: { id: 'EUR' },
      subject: 'Stora STO-1',
      items_list: [
        { name: 'Riga 1', qty: 1, net_price: 99, vat: { id: 0 } },
        { name: 'Riga 2', qty: 1, net_price: 10, vat: { id: 66 } },
      ],
      payments_list: [{ amount: 130.78, due_date: '2026-11-01', status: 'not_paid' }],
    });
  });

  it.each([
    ['a tax that no rate gives', invoice([[9_900, 1_500]]), vatTypes, ['vat: Riga 1']],
    ['two VAT types that fit', invoice([[9_900, 0]]), [...vatTypes, { id: 67, value: 0 }], ['vat: Riga 1']],
    [
      'a total that Fatture in Cloud would round otherwise',
      invoice([
        [10_002, 2_200],
        [10_002, 2_200],
      ]),
      vatTypes,
      ['total'],
    ],
    ['a total that is not the sum', invoice([[9_900, 2_178]], { total: euro(12_079) }), vatTypes, ['total']],
    [
      'another currency',
      invoice([[9_900, 2_178]], { total: { amount: 12_078, currency: 'GBP' } }),
      vatTypes,
      ['currency'],
    ],
    ['no line', invoice([]), vatTypes, ['total']],
    ['no date', invoice([[9_900, 2_178]], { finalized_at: null }), vatTypes, ['date']],
  ])('%s is for a person to decide', (_, one, types, fields) => {
    expect(fieldsOf(() => draftOf(one, client, types))).toEqual(fields);
  });

  it('whatever the lines, a draft has exactly the total of its invoice', () => {
    const line = fc.tuple(fc.integer({ min: 50, max: 5_000_000 }), fc.constantFrom(22, 10, 0));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 12 }), (lines) => {
        const one = invoice(lines.map(([net, rate]) => [net, Math.round((net * rate) / 100)]));
        try {
          const draft = draftOf(one, client, vatTypes);
          const paid = draft.payments_list.reduce((sum, { amount }) => sum + Math.round(amount * 100), 0);
          expect(paid).toBe(one.total.amount);
          const nets = draft.items_list.reduce(
            (sum, { net_price }) => sum + Math.round((net_price ?? 0) * 100),
            0,
          );
          expect(nets).toBe(lines.reduce((sum, [net]) => sum + net, 0));
        } catch (error) {
          expect(error).toMatchObject({ code: 'document-refused' });
        }
      }),
    );
  });
});

it.each([
  [{ vat_number: '12345678903', ei_code: 'ABCDEF1' }, []],
  [{ tax_code: 'RSSMRA80A01H501U', certified_email: 'x@pec.example.it' }, []],
  [{}, ['tax-id', 'recipient-code']],
  [{ country_iso: 'IT', vat_number: '12345678903' }, ['recipient-code']],
  [{ country_iso: 'DE' }, []],
])('what an electronic invoice will lack: %o', (fields, lacks) => {
  expect(lacksOf({ ...client, ...fields })).toEqual(lacks);
});
