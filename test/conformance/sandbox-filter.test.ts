import { describe, expect, it } from 'vitest';
import { parseFilter } from '../sandbox/filter.ts';
import { openSandbox, type List, type Refusal } from './opened.ts';

const demo = 'demo@example.it';
const clients = '/c/101/entities/clients';

describe('the filter language', () => {
  const record = { name: "Cartoleria D'Este", vat_number: '01234567897', id: 7, e_invoice: true };
  it.each([
    ["name = 'Cartoleria D''Este'", true],
    ["name contains 'd''este' and vat_number = '0'", false],
    ["vat_number='01234567897'", true],
    ["name starts with 'Cart'", true],
    ["name ends with 'cart'", false],
    ["name like 'cart%este'", true],
    ["name like 'cart'", false],
    ["name not contains 'Este'", false],
    ['id >= 7 and id < 7.5', true],
    ['id <> 7', false],
    ['e_invoice = true', true],
    ['email is null AND vat_number IS NOT NULL', true],
    ['email != null', false],
    // `and` binds tighter than `or`.
    ['id = 7 or id = 8 and id = 9', true],
    ['(id = 7 or id = 8) and id = 9', false],
  ])('%s', (text, matches) => {
    expect(parseFilter(text)?.(record)).toBe(matches);
  });

  it.each([
    ["a quote that was not doubled: name = 'D'Este'", "name = 'D'Este'"],
    ['a string without its end', "name = 'x"],
    ['double quotes', 'name = "x"'],
    ['an upper-case field', "Name = 'x'"],
    ['a keyword in mixed case', 'id = 1 And id = 2'],
    ['a sign', 'id = -1'],
    ['a condition cut short', 'id ='],
    ['a parenthesis left open', '(id = 1'],
    ['two conditions without a word between', 'id = 1 id = 2'],
    ['nothing', ' '],
  ])('does not take %s', (_, text) => {
    expect(parseFilter(text)).toBeNull();
  });

  it.each(["name = 'D'Este'", "colour = 'rosso'"])('who sends %s gets a 422 that names q', async (q) => {
    const { login, api } = await openSandbox();
    const { access_token } = await login(demo);
    const { status, body } = await api<Refusal>(access_token, `${clients}?${new URLSearchParams({ q })}`);
    expect(status).toBe(422);
    expect(body.error.validation_result).toHaveProperty('q');
  });

  it('a client with an apostrophe is found by name, by VAT number and by e-mail', async () => {
    const { login, api } = await openSandbox();
    const { access_token } = await login(demo);
    for (const q of [
      "name = 'Cartoleria D''Este S.a.s.'",
      "vat_number = '01234567897'",
      "email = 'ordini@cartoleriadeste.example.it'",
    ]) {
      const { body } = await api<List>(access_token, `${clients}?${new URLSearchParams({ q })}`);
      expect(body.data.map(({ name }) => name)).toEqual(["Cartoleria D'Este S.a.s."]);
    }
  });
});
