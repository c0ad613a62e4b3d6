import { expect, it } from 'vitest';
import { changesFor, differencesOf } from '../../../extension/bridge/differences.ts';
import { contactSummary } from '../../../extension/stora/contact.ts';

const contact = contactSummary({
  id: 'con_1',
  full_name: 'Cartoleria D’Este S.a.s.',
  email: 'magazzino@example.it',
  phone_number: '+39 0425 555 0101',
  tax_id: 'IT01234567897',
  type: 'company',
  address: { line_1: 'Corso del Popolo, 1', city: 'Rovigo', postal_code: '45100', state: 'RO' },
});
const client = {
  id: 1,
  name: 'Cartoleria D’Este S.a.s.',
  email: 'Magazzino@example.it',
  phone: '+3904255550101',
  vat_number: '01234567897',
  address_street: 'Corso del Popolo 1',
  address_postal_code: '45100',
  address_city: 'Rovigo',
  address_province: 'RO',
};

it('what is only written differently is no difference', () => {
  expect(differencesOf(client, contact)).toEqual([]);
});

it('each field that says something else is shown with both values, and only what is chosen is changed', () => {
  const other = { ...client, vat_number: '12345678903', address_street: 'Via Nuova 2' };
  expect(differencesOf(other, contact)).toEqual([
    { field: 'vat-number', from: '01234567897', to: '12345678903' },
    { field: 'address', from: 'Corso del Popolo, 1 45100 Rovigo RO', to: 'Via Nuova 2 45100 Rovigo RO' },
  ]);
  expect(changesFor(other, ['vat-number'])).toEqual({ tax_id: '12345678903' });
  expect(changesFor(other, ['address'])).toEqual({
    address: { line_1: 'Via Nuova 2', postal_code: '45100', city: 'Rovigo', state: 'RO' },
  });
});

it('what Fatture in Cloud does not know takes nothing away in Stora', () => {
  const bare = { id: 1, name: '', email: null, vat_number: '', address_city: 'Padova' };
  expect(differencesOf(bare, contact)).toEqual([]);
});
