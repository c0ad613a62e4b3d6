import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished, vi } from 'vitest';
import { chromeManagedSchema, parseManaged } from '../../extension/managed.ts';
import { chromeExtensionIdDefault, firefoxAddonIdDefault } from '../../relay/config/config.ts';

const nothing = { relayOrigin: null, providers: null, sites: null, unreadable: [] };
const relayOrigin = 'https://relay.example.com';
const tooMany = Array.from({ length: 1_001 }, (_, index) => `https://${index}.example`);

it.each([
  ['nothing set restricts nothing', {}, nothing],
  ['settings of later versions are passed over', { later: true }, nothing],
  ['an empty list allows nothing', { providers: [], sites: [] }, { ...nothing, providers: [], sites: [] }],
  [
    'an address is the same with a slash, in capitals, with the port it has anyway',
    { relayOrigin: 'https://Relay.Example.com:443/', sites: ['https://SHOP.example/'] },
    { ...nothing, relayOrigin, sites: ['https://shop.example'] },
  ],
  [
    'a provider of the team’s own is one',
    { providers: ['acme-books'] },
    { ...nothing, providers: ['acme-books'] },
  ],
] as const)('what an organisation sets: %s', (_, found, expected) => {
  expect(parseManaged(found)).toEqual(expected);
});

it.each([
  ['a list with one wrong entry', ['https://shop.example', 'shop.example']],
  ['a text in the place of a list', 'https://shop.example'],
  ['a path, which would be taken for the whole site', ['https://shop.example/orders']],
  ['a wildcard, which would be taken for a host of that name', ['https://*.example']],
  ['a user name', ['https://anna@shop.example']],
  ['what is no web page', ['javascript:alert(1)']],
  ['a local file', ['file:///etc/passwd']],
  ['a number', [7]],
  ['a list in a list', [['https://shop.example']]],
  ['null', null],
  ['an object', { length: 0 }],
  ['more than anybody has', tooMany],
])('a list of sites that cannot be read allows none, and takes nothing from the others: %s', (_, sites) => {
  expect(parseManaged({ relayOrigin, sites })).toEqual({
    relayOrigin,
    providers: null,
    sites: [],
    unreadable: ['sites'],
  });
});

it.each([
  ['relayOrigin', 'relay.example.com', { relayOrigin: null }],
  ['relayOrigin', 'http://relay.example.com', { relayOrigin: null }],
  ['relayOrigin', 'http://127.0.0.1:8787', { relayOrigin: null }],
  // No relay takes such an address as its own.
  ['relayOrigin', 'https://my_relay.example.com', { relayOrigin: null }],
  ['relayOrigin', 'https://[2001:db8::1]', { relayOrigin: null }],
  ['relayOrigin', `${relayOrigin}/#inv_AAAAAAAAAAAAAAAAAAAAAA`, { relayOrigin: null }],
  ['providers', ['Fatture in Cloud'], { providers: [] }],
  ['providers', [''], { providers: [] }],
] as const)('%s that cannot be read is named, and opens nothing: %j', (name, value, expected) => {
  expect(parseManaged({ [name]: value })).toEqual({ ...nothing, ...expected, unreadable: [name] });
});

it('a relay on loopback is for the sandbox build alone, and there too no other goes without https', () => {
  vi.stubEnv('MODE', 'sandbox');
  onTestFinished(() => void vi.unstubAllEnvs());
  const loopback = { relayOrigin: 'http://127.0.0.1:8787' };
  expect(parseManaged(loopback)).toEqual({ ...nothing, ...loopback });
  expect(parseManaged({ relayOrigin: 'http://relay.example.com' }).unreadable).toEqual(['relayOrigin']);
});

it('an answer of the browser that is no settings at all closes everything', () => {
  for (const found of [null, undefined, 'x', ['https://shop.example']]) {
    expect(parseManaged(found)).toEqual({
      relayOrigin: null,
      providers: [],
      sites: [],
      unreadable: ['relayOrigin', 'providers', 'sites'],
    });
  }
});

it('Chrome’s schema file says types alone: what else it refused would look like never set, and all would be allowed', () => {
  const { type, properties } = JSON.parse(chromeManagedSchema()) as {
    type: string;
    properties: Record<string, Record<string, unknown>>;
  };
  const list = { type: 'array', items: { type: 'string' } };
  for (const property of Object.values(properties)) delete property['description'];
  expect({ type, properties }).toEqual({
    type: 'object',
    properties: { relayOrigin: { type: 'string' }, providers: list, sites: list },
  });
});

const examples = [...readFileSync('docs/managed.md', 'utf8').matchAll(/```(json|reg)\n([^`]+)```/g)];

/** What Chrome makes of a registry file: values by name, keys with numbered values as lists. */
function readRegistry(text: string): Record<string, unknown> {
  const root = `HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Google\\Chrome\\3rdparty\\extensions\\${chromeExtensionIdDefault}\\policy`;
  const settings: Record<string, unknown> = {};
  for (const [, key = '', body = ''] of text.matchAll(/^\[(.+)\]\n((?:".*"\n?)*)/gm)) {
    expect(key.startsWith(root), key).toBe(true);
    const values = [...body.matchAll(/^"([^"]+)"="([^"]*)"$/gm)].map(([, name, value]) => [name, value]);
    const name = key.slice(root.length + 1);
    if (name === '') Object.assign(settings, Object.fromEntries(values));
    else settings[name] = values.map(([, value]) => value);
  }
  return settings;
}

it.each([
  ['Chrome on Linux', 'json', ['3rdparty', 'extensions', chromeExtensionIdDefault]],
  ['Chrome on Windows', 'reg', []],
  ['Firefox', 'json', ['policies', '3rdparty', 'Extensions', firefoxAddonIdDefault]],
])('the example for %s in docs/managed.md can be used as it stands', (_, kind, path) => {
  const settings = examples
    .filter(([, language]) => language === kind)
    .map(([, , text = '']) => (kind === 'reg' ? readRegistry(text) : (JSON.parse(text) as unknown)))
    .map((found) => path.reduce<unknown>((at, name) => Object(at)[name] as unknown, found))
    .find((found) => found !== undefined);
  expect(parseManaged(settings)).toEqual({
    relayOrigin,
    providers: ['fatture-in-cloud', 'stora'],
    sites: ['https://shop.example.com', 'https://crm.example.com'],
    unreadable: [],
  });
});
