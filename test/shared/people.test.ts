import { expect, it } from 'vitest';
import type { ClientSummary } from '../../shared/view/fatture-in-cloud.ts';
import type { ContactSummary } from '../../shared/view/stora.ts';
import { peopleOf } from '../../shared/people.ts';

const client = (id: number, more: Partial<ClientSummary>): ClientSummary => ({
  id,
  name: '',
  vatNumber: null,
  email: null,
  city: null,
  ...more,
});
const contact = (id: string, more: Partial<ContactSummary>): ContactSummary => ({
  id,
  name: '',
  email: null,
  phone: null,
  vatNumber: null,
  type: 'company',
  street: null,
  postalCode: null,
  city: null,
  province: null,
  countryCode: null,
  ...more,
});

it.each([
  ['the VAT number, however it is written', { vatNumber: '12234567894' }, { vatNumber: 'IT 122 3456 7894' }],
  ['the e-mail', { email: 'Info@Aurora.example.it' }, { email: 'info@aurora.example.it' }],
  ['the name', { name: 'Cartoleria D’Este S.a.s.' }, { name: "cartoleria d'este sas" }],
])('one person by %s', (_, a, b) => {
  const people = peopleOf([client(1, a)], [contact('con_1', b)], []);
  expect(people).toHaveLength(1);
  expect(people[0]).toMatchObject({ client: { id: 1 }, contact: { id: 'con_1' }, conflicts: [] });
});

it('the same name with another VAT number, e-mail and city is one person in conflict, never decided by us', () => {
  const [person] = peopleOf(
    [client(1, { name: 'Rossi', vatNumber: '1', email: 'a@x.it', city: 'Pisa' })],
    [contact('con_1', { name: 'Rossi', vatNumber: '2', email: 'b@x.it', city: 'Lucca' })],
    [],
  );
  expect(person?.conflicts).toEqual(['vat-number', 'e-mail', 'address']);
});

it('what only one of the two knows is no conflict', () => {
  const [person] = peopleOf(
    [client(1, { name: 'Rossi', vatNumber: '1' })],
    [contact('con_1', { name: 'Rossi' })],
    [],
  );
  expect(person?.conflicts).toEqual([]);
});

it('each record is in one pair, the surest first; a link beats all', () => {
  const clients = [client(1, { name: 'Rossi', vatNumber: '1' }), client(2, { name: 'Rossi' })];
  const contacts = [contact('con_1', { name: 'Rossi' }), contact('con_2', { name: 'Rossi', vatNumber: '1' })];
  const pairsOf = (links: Array<{ clientId: number; contactId: string }>) =>
    peopleOf(clients, contacts, links).map((person) => [
      person.client?.id,
      person.contact?.id,
      person.linked,
    ]);
  expect(pairsOf([])).toEqual([
    [1, 'con_2', false],
    [2, 'con_1', false],
  ]);
  expect(pairsOf([{ clientId: 1, contactId: 'con_1' }])).toEqual([
    [1, 'con_1', true],
    [2, 'con_2', false],
  ]);
});

it('strangers stay apart', () => {
  const people = peopleOf([client(1, { name: 'Rossi' })], [contact('con_1', { name: 'Verdi' })], []);
  expect(people.map((person) => [person.client?.id ?? null, person.contact?.id ?? null])).toEqual([
    [1, null],
    [null, 'con_1'],
  ]);
});
