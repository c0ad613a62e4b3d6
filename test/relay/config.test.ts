import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig, settingNames } from '../../relay/config/config.ts';
import { temporaryFolder } from './process.ts';

const faultsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
};

/** One value that each setting refuses; `canary` marks what must not be repeated. */
const bad: Record<string, string> = {
  STAFFETTA_PORT: 'canary',
  STAFFETTA_PUBLIC_URL: 'https://canary.example/path',
  STAFFETTA_VAULT_KEY: 'canary',
  STAFFETTA_LOG_LEVEL: 'canary',
  STAFFETTA_CHROME_EXTENSION_ID: 'canary',
  STAFFETTA_FIREFOX_ADDON_ID: 'canary',
  STAFFETTA_FATTURE_IN_CLOUD_CLIENT_SECRET: `canary${'x'.repeat(500)}`,
  STAFFETTA_FATTURE_IN_CLOUD_CLIENT_ID: `canary${'x'.repeat(500)}`,
  STAFFETTA_FATTURE_IN_CLOUD_ORIGIN: 'canary://',
};

test('without any setting it listens on loopback and takes no provider credentials', () => {
  const config = readConfig({});
  expect(config).toMatchObject({
    publicUrl: 'http://127.0.0.1:8787',
    host: '127.0.0.1',
    port: 8787,
    logLevel: 'info',
  });
  expect(config.providers.get('fatture-in-cloud')?.credentials).toBeNull();
  expect(config.providers.get('fatture-in-cloud')?.redirectUri).toBe(
    'http://127.0.0.1:8787/callback/fatture-in-cloud',
  );
});

test('an empty setting counts as absent', () => {
  const empty = Object.fromEntries(settingNames.map((name) => [name, ' ']));
  expect(readConfig(empty)).toEqual(readConfig({}));
});

test('every fault is named at once, and no value is repeated', () => {
  const faults = faultsOf(bad);
  for (const name of Object.keys(bad)) {
    expect(
      faults.filter((fault) => fault.startsWith(`${name} `)),
      name,
    ).toHaveLength(1);
  }
  expect(faults).toHaveLength(Object.keys(bad).length);
  expect(String(new ConfigError(faults))).not.toContain('canary');
});

test.for(Object.entries(bad))('%s alone is enough to refuse', ([name, value]) => {
  expect(faultsOf({ [name]: value })).not.toEqual([]);
});

test.for(['0', '65536', '-1', '80.5', '0x', 'NaN', '80 81'])('port %s is refused', (port) => {
  expect(faultsOf({ STAFFETTA_PORT: port })).toEqual(['STAFFETTA_PORT must be a port number']);
});

test('a secret without the id it belongs to is refused', () => {
  expect(faultsOf({ STAFFETTA_FATTURE_IN_CLOUD_CLIENT_SECRET: 'canary' })).toEqual([
    'STAFFETTA_FATTURE_IN_CLOUD needs CLIENT_ID beside CLIENT_SECRET',
  ]);
});

test('key and key file exclude each other', () => {
  const key = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64');
  const faults = faultsOf({ STAFFETTA_VAULT_KEY: key, STAFFETTA_VAULT_KEY_FILE: '/run/secrets/key' });
  expect(faults).toEqual(['STAFFETTA_VAULT_KEY and STAFFETTA_VAULT_KEY_FILE exclude each other']);
});

test.for([
  'http://localhost:3000',
  'http://127.0.0.1:3000',
  'http://[::1]:3000',
  'https://relay.example.com',
  'https://relay.example.com:8443',
  'https://relay.example.com/',
])('%s is a public address', (url) => {
  expect(readConfig({ STAFFETTA_PUBLIC_URL: url }).publicUrl).toBe(new URL(url).origin);
});

test('an origin for tests moves the whole provider and nothing else', () => {
  const origin = 'http://127.0.0.1:4000';
  const [moved, plain] = [readConfig({ STAFFETTA_FATTURE_IN_CLOUD_ORIGIN: origin }), readConfig({})].map(
    (config) => config.providers.get('fatture-in-cloud')?.provider,
  );
  expect(moved).toEqual({ ...plain, origin });
});

test('the client secret shows itself nowhere in the configuration', () => {
  const config = readConfig({
    STAFFETTA_FATTURE_IN_CLOUD_CLIENT_ID: 'id',
    STAFFETTA_FATTURE_IN_CLOUD_CLIENT_SECRET: 'canary',
  });
  expect(JSON.stringify([...config.providers])).not.toContain('canary');
});

test('a scope that the provider does not have is refused with the nearest one it has', () => {
  const faults = faultsOf({
    STAFFETTA_FATTURE_IN_CLOUD_SCOPES: 'entities.clients:r, issued_documents:a, entity.clients:w, products:r',
  });
  expect(faults).toEqual([
    'STAFFETTA_FATTURE_IN_CLOUD_SCOPES names "entities.clients:r", which Fatture in Cloud does not have; did you mean entity.clients:r?',
    expect.stringMatching(
      /names "issued_documents:a", .* did you mean (?:received|issued)_documents\S*:[ar]\?$/,
    ),
    expect.stringMatching(/names "entity.clients:w", .* did you mean entity.clients:[ar]\?$/),
  ]);
});

test('ways to connect are those the provider has', () => {
  expect(faultsOf({ STAFFETTA_FATTURE_IN_CLOUD_METHODS: 'authorization-code, password' })).toEqual([
    expect.stringContaining('must be authorization-code, device-code or manual-token'),
  ]);
});

const sso = {
  STAFFETTA_SSO_ISSUER: 'https://login.example.com',
  STAFFETTA_SSO_CLIENT_ID: 'staffetta',
  STAFFETTA_SSO_CLIENT_SECRET: 'canary-secret',
  STAFFETTA_SSO_DOMAINS: 'Example.com, studio.example',
};

test('single sign-on is off until an issuer is named, and then takes in whom the settings say', () => {
  expect(readConfig({}).sso).toBeNull();
  expect(readConfig(sso).sso).toMatchObject({
    issuer: 'https://login.example.com',
    domains: ['example.com', 'studio.example'],
    scope: 'openid email profile',
    groupsClaim: null,
    roles: [],
  });
  const mapped = {
    ...sso,
    STAFFETTA_SSO_GROUPS_CLAIM: 'groups',
    STAFFETTA_SSO_ROLES: 'A:B=admin, C=auditor',
  };
  expect(readConfig(mapped).sso?.roles).toEqual([
    { group: 'A:B', role: 'admin' },
    { group: 'C', role: 'auditor' },
  ]);
});

test.each([
  ['an issuer without TLS', { STAFFETTA_SSO_ISSUER: 'http://login.example.com' }, 'STAFFETTA_SSO_ISSUER'],
  ['no client', { STAFFETTA_SSO_CLIENT_ID: '' }, 'STAFFETTA_SSO_CLIENT_ID'],
  ['no secret', { STAFFETTA_SSO_CLIENT_SECRET: '' }, 'STAFFETTA_SSO_CLIENT_SECRET'],
  [
    'no domain: everybody with an account there could join',
    { STAFFETTA_SSO_DOMAINS: '' },
    'STAFFETTA_SSO_DOMAINS',
  ],
  ['a domain that is none', { STAFFETTA_SSO_DOMAINS: '*.example.com' }, 'STAFFETTA_SSO_DOMAINS'],
  ['roles of groups that nobody names', { STAFFETTA_SSO_ROLES: 'IT=admin' }, 'STAFFETTA_SSO_GROUPS_CLAIM'],
  [
    'a role that is none',
    { STAFFETTA_SSO_GROUPS_CLAIM: 'groups', STAFFETTA_SSO_ROLES: 'IT=root' },
    'STAFFETTA_SSO_ROLES',
  ],
  ['a scope without openid', { STAFFETTA_SSO_SCOPE: 'email' }, 'STAFFETTA_SSO_SCOPE'],
])('single sign-on with %s does not start', (_, change, name) => {
  const faults = faultsOf({ ...sso, ...change });
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain(name);
  expect(faults.join()).not.toContain('canary');
});

describe('a setting from a file', () => {
  const fileWith = (text: string): string => {
    const file = join(temporaryFolder(), 'setting');
    writeFileSync(file, text);
    return file;
  };
  const byFile = settingNames.filter((name) => !name.endsWith('_FILE') && name !== 'STAFFETTA_VAULT_KEY');

  test.for(byFile)(
    '%s: whoever keeps it in a file is told by the same name, also when it is wrong',
    (name) => {
      const [value, file] = [bad[name] ?? 'canary', `${name}_FILE`];
      const plain = (faults: readonly string[]): string[] =>
        faults.filter((fault) => !fault.includes('canary'));
      expect(plain(faultsOf({ [file]: fileWith(`\n${value}\n`) }))).toEqual(
        plain(faultsOf({ [name]: value })),
      );
      expect(faultsOf({ [name]: value, [file]: '/nowhere' })).toContain(
        `${name} and ${file} exclude each other`,
      );
    },
  );

  test('secrets work from files, without the line break that every editor leaves', () => {
    const url = 'postgres://relay:canary@db.example/relay';
    const config = readConfig({
      STAFFETTA_DATABASE_URL_FILE: fileWith(`${url}\n`),
      STAFFETTA_FATTURE_IN_CLOUD_CLIENT_ID: 'id',
      STAFFETTA_FATTURE_IN_CLOUD_CLIENT_SECRET_FILE: fileWith('hush\n'),
    });
    expect(config.databaseUrl?.reveal()).toBe(url);
    expect(config.providers.get('fatture-in-cloud')?.credentials?.clientSecret?.reveal()).toBe('hush');
    expect(JSON.stringify(config)).not.toContain('canary');
  });

  test.for([
    ['that is not there', (): string => '/nowhere/canary', 'names a file that cannot be read (ENOENT)'],
    ['that is a folder', (): string => temporaryFolder(), 'names a file that cannot be read (EISDIR)'],
    ['that is empty', (): string => fileWith(' \n'), 'names an empty file'],
    ['that is too large', (): string => fileWith('x'.repeat(65_537)), 'names a file of more than 64 KiB'],
  ] as const)(
    'one %s ends the start: a relay must not begin without the secret it was given',
    ([, file, words]) => {
      expect(faultsOf({ STAFFETTA_DATABASE_URL_FILE: file() })).toEqual([
        `STAFFETTA_DATABASE_URL_FILE ${words}`,
      ]);
    },
  );

  test('the two settings that are paths stay paths', () => {
    expect(readConfig({ STAFFETTA_VAULT_KEY_FILE: '/nowhere/key' }).vaultKeyFile).toBe('/nowhere/key');
    expect(faultsOf({ STAFFETTA_PROVIDERS_FILE: fileWith('{') })).toEqual([
      expect.stringMatching(/^STAFFETTA_PROVIDERS_FILE /),
    ]);
  });
});

test.for(['-1', '1.5', '61', 'soon'])('a drain of %s seconds is refused', (seconds) => {
  expect(faultsOf({ STAFFETTA_DRAIN_SECONDS: seconds })).toEqual([
    expect.stringMatching(/^STAFFETTA_DRAIN_SECONDS must be a number of seconds/),
  ]);
});
