import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { createVault, generateKey, readKey, VaultError, type Place } from '../../../relay/keys/vault.ts';
import { Secret } from '../../../relay/keys/secret.ts';

const place: Place = { table: 'connections', row: 'con_1', column: 'access_token', owner: ['mem_1'] };

const keyOf = (text: string) => {
  const key = readKey(text);
  if (typeof key === 'string') throw new Error(key);
  return key;
};

test.for(['', 'a/token', 'è ’ 𝄞 \0', 'x'.repeat(100_000)])(
  'opens what it sealed, whatever the text (%#)',
  (text) => {
    const vault = createVault([keyOf(generateKey())]);
    expect(vault.open(place, vault.seal(place, text))).toBe(text);
  },
);

test('names the key in the sealed text, and the name is not the key', () => {
  const key = randomBytes(32);
  const vault = createVault([keyOf(key.toString('base64'))]);
  expect(vault.seal(place, 'x')).toMatch(new RegExp(`^1\\.${vault.keyId}\\.[\\w-]+$`));
  expect(key.toString('hex')).not.toContain(vault.keyId);
});

test('seals with the first key and opens with any', () => {
  const [old, young] = [keyOf(generateKey()), keyOf(generateKey())];
  const before = createVault([old]).seal(place, 'x');
  const both = createVault([young, old]);
  expect(both.open(place, before)).toBe('x');
  expect(both.seal(place, 'x').split('.')[1]).toBe(createVault([young]).keyId);
  expect(() => createVault([young]).open(place, before)).toThrow(VaultError);
});

test('one value has one form: the other alphabet of base64, and idle bits at the end, do not open', () => {
  const vault = createVault([keyOf(generateKey())]);
  // Of fifty some have every character that another alphabet writes otherwise.
  const all = Array.from({ length: 50 }, () => vault.seal(place, 'x'));
  const written = (sealed: string): string[] => [
    sealed.replaceAll('-', '+'),
    sealed.replaceAll('_', '/'),
    `${sealed}=`,
    ...['B', 'C', 'D'].map((last) => sealed.slice(0, -1) + last),
  ];
  const others = all.flatMap((sealed) => written(sealed).filter((other) => other !== sealed));
  expect(others.length).toBeGreaterThan(100);
  for (const other of others) expect(() => vault.open(place, other)).toThrow(VaultError);
});

test('does not open under the id of another key', () => {
  const [old, young] = [keyOf(generateKey()), keyOf(generateKey())];
  const both = createVault([young, old]);
  const [version, , body] = createVault([old]).seal(place, 'x').split('.');
  expect(() => both.open(place, `${version}.${both.keyId}.${body}`)).toThrow(VaultError);
});

test('takes every key it makes', () => {
  for (let count = 0; count < 1000; count += 1) expect(readKey(generateKey())).toBeTypeOf('object');
});

test('a secret shows itself nowhere but on request', () => {
  const secret = new Secret('canary');
  const shown = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }, { depth: 9 }),
    inspect(secret, { showHidden: true }),
  ];
  for (const text of shown) {
    expect(text).toContain('[secret]');
    expect(text).not.toContain('canary');
  }
  expect(Object.keys(secret)).toEqual([]);
  expect(secret.reveal()).toBe('canary');
});
