import { expect, it } from 'vitest';
import { readSelection } from '../../../extension/facts/selection.ts';

it.each([
  [
    'a signature of an e-mail',
    'Falegnameria Monte Sole S.r.l.\nVia dei Castagni 14, 40043 Marzabotto (BO)\nP. IVA 04172639991 · ordini@montesole.example.it\nTel.: +39 051 000142\nCodice destinatario: M5UXCR1',
    {
      'company-name': 'Falegnameria Monte Sole S.r.l.',
      'partita-iva': '04172639991',
      phone: '+39 051 000142',
      street: 'Via dei Castagni 14',
      city: 'Marzabotto',
      province: 'BO',
      'sdi-code': 'M5UXCR1',
    },
  ],
  [
    'a person with an address to write to and no label',
    'Anna Bianchi\n<anna@example.it>',
    { 'person-name': 'Anna Bianchi', 'e-mail': 'anna@example.it' },
  ],
  [
    'labels on lines of their own',
    'Cliente\nAnna Bianchi\nCodice fiscale\nRSSMRA85T10A562S',
    { 'person-name': 'Anna Bianchi', 'codice-fiscale': 'RSSMRA85T10A562S' },
  ],
  [
    'a bare number that is a VAT number: a person has chosen it',
    'Monte Sole\n04172639991',
    { 'company-name': 'Monte Sole', 'partita-iva': '04172639991' },
  ],
  ['a bare number that is none', 'Monte Sole\n04172639992', { 'person-name': 'Monte Sole' }],
  ['nothing', '  \n ', {}],
])('%s', (_, text, facts) => {
  expect(readSelection(text)).toMatchObject(facts);
  expect(Object.keys(readSelection(text)).length).toBeGreaterThanOrEqual(Object.keys(facts).length);
});

it('a selection of any length is read, and what comes of it stays short', () => {
  for (const text of ['Cliente: '.repeat(200_000), `${'a@'.repeat(100_000)}\n`.repeat(100)]) {
    for (const value of Object.values(readSelection(text))) expect(value.length).toBeLessThanOrEqual(200);
  }
});
