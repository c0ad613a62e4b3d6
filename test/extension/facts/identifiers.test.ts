import { describe, expect, it } from 'vitest';
import { parseCodiceFiscale } from '../../../extension/facts/codice-fiscale.ts';
import { parsePartitaIva } from '../../../extension/facts/partita-iva.ts';
import identifiers from '../../vectors/identifiers.json' with { type: 'json' };

const parsers = [
  ['partita IVA', parsePartitaIva, identifiers.partitaIva],
  ['codice fiscale', parseCodiceFiscale, identifiers.codiceFiscale],
] as const;

describe.each(parsers)('%s', (name, parse, { valid, invalid }) => {
  it.each(valid)(`a customer who writes “%s” is found by their ${name}`, (written, meant) => {
    expect(parse(written ?? '')).toBe(meant);
  });

  it.each(invalid)(`“%s” is not put on an invoice as a ${name}`, (written) => {
    expect(parse(written)).toBeNull();
  });

  it('a page with an endless number does not slow the tab', () => {
    expect(parse('1'.repeat(1_000_000))).toBeNull();
  });
});
