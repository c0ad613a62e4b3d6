import { describe, expect, it } from 'vitest';
import { parseCodiceFiscale } from '../../../extension/facts/codice-fiscale.ts';
import { parsePartitaIva } from '../../../extension/facts/partita-iva.ts';
import identifiers from '../../vectors/identifiers.json' with { type: 'json' };

const parsers = [
  ['partita IVA', parsePartitaIva, identifiers.partitaIva],
  ['codice fiscale', parseCodiceFiscale, identifiers.codiceFiscale],
] as const;

describe.each(parsers)('%s', (name, parse, rows) => {
  const valid = rows.filter((row) => row.expect !== null);
  const invalid = rows.filter((row) => row.expect === null);

  it.each(valid)(
    `a customer who writes “$text” is found by their ${name} ($because)`,
    ({ text, expect: meant }) => {
      expect(parse(text)).toBe(meant);
    },
  );

  it.each(invalid)(`“$text” is not put on an invoice as a ${name} ($because)`, ({ text }) => {
    expect(parse(text)).toBeNull();
  });

  it('a page with an endless number does not slow the tab', () => {
    expect(parse('1'.repeat(1_000_000))).toBeNull();
  });
});

describe('one slip of the finger in a partita IVA', () => {
  it('never reaches an invoice, whichever digit it changes', () => {
    const right = '04172639991';
    const slips = [...right].flatMap((digit, place) =>
      [...'0123456789']
        .filter((other) => other !== digit)
        .map((other) => right.slice(0, place) + other + right.slice(place + 1)),
    );
    expect(slips).toHaveLength(99);
    expect(slips.filter((slip) => parsePartitaIva(slip) !== null)).toEqual([]);
  });
});
