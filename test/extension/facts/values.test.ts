import { expect, it } from 'vitest';
import { factValue } from '../../../extension/facts/values.ts';

const countries = [
  ['Italia', 'IT'],
  ['ITALY', 'IT'],
  ['it', 'IT'],
  ['Germania', 'DE'],
  ['Poland', 'PL'],
  ['Svizzera', 'CH'],
  ['Regno Unito', 'GB'],
  ['UK', 'GB'],
  ['USA', 'US'],
  ['Stati Uniti d’America', 'US'],
  ['Paesi Bassi', 'NL'],
  ['Atlantide', null],
  ['XX', null],
  ['constructor', null],
] as const;

it.each(countries)('an invoice to “%s” carries the country %s', (written, code) => {
  expect(factValue('country', written)).toBe(code);
});
