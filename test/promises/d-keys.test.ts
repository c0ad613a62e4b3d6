import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../scripts/port.ts';
import { listConnections } from '../../shared/api/connections.ts';
import { createDatabase, runsOnPostgres } from '../postgres/database.ts';
import { Installation } from '../relay/installation.ts';
import { runRelay, startRelay, temporaryFolder } from '../relay/process.ts';
import { ConfigError, readConfig } from '../../relay/config/config.ts';
import { loadKeys } from '../../relay/config/keyring.ts';
import { openSqlite } from '../../relay/store/sqlite.ts';
import { vaultFits, VaultError } from '../../relay/keys/vault.ts';
import { newKey, place, vaultOf } from './worked.ts';

const linesOf = (file: string): string[] => readFileSync(file, 'utf8').trim().split('\n');

test(
  'D4: keys rotate while a relay serves, and the old key is retired without a restart',
  { timeout: 60_000 },
  async () => {
    const folder = temporaryFolder();
    const port = await freePort();
    const keyFile = join(folder, 'vault.key');
    const environment: Record<string, string> = {
      STAFFETTA_DATA_DIR: folder,
      STAFFETTA_PUBLIC_URL: `http://127.0.0.1:${port}`,
      STAFFETTA_LIMIT_FACTOR: '1000',
      STAFFETTA_FATTURE_IN_CLOUD_CLIENT_ID: 'app',
      STAFFETTA_FATTURE_IN_CLOUD_CLIENT_SECRET: 'secret-of-the-app',
    };
    const { stdout } = await runRelay(['invite', 'Mario Rossi'], environment);
    const [oldKey] = linesOf(keyFile);
    if (runsOnPostgres) {
      // The same members, moved: the key file is the one that the embedded database was made with.
      environment['STAFFETTA_DATABASE_URL'] = await createDatabase();
      const moved = await runRelay(['migrate-store'], environment);
      expect(moved.stderr).toBe('');
      expect(moved.stdout).toMatch(/members: 1 rows[\s\S]*Done: \d+ rows copied and compared/);
    }
    const relay = await startRelay(port, environment);
    const installation = await Installation.create(relay);
    await installation.enrol(stdout.trim().split('#')[1] ?? '');
    await installation.openSession();

    const rotating = runRelay(['keys', 'rotate'], environment);
    let served = 0;
    let isRotating = true;
    void rotating.finally(() => {
      isRotating = false;
    });
    while (isRotating) {
      await installation.call(listConnections);
      await installation.begin();
      served += 1;
    }
    const rotated = await rotating;
    expect(rotated).toMatchObject({ code: 0 });
    expect(rotated.stdout).toContain('Done');
    expect(served).toBeGreaterThan(10);
    expect(linesOf(keyFile)).toHaveLength(2);
    expect(linesOf(keyFile)[1]).toBe(oldKey);

    expect((await runRelay(['keys', 'retire'], environment)).stdout).toContain('1 old key taken out');
    expect(linesOf(keyFile)).toHaveLength(1);
    await installation.call(listConnections);
    expect((await runRelay(['audit', 'verify'], environment)).stdout).toMatch(
      /^Whole: \d+ entries\. Head: \d+:/,
    );
    // In the log of the database that goes on, with who did it.
    for (const event of ['vault_rewrapped', ...(runsOnPostgres ? ['store_migrated'] : [])]) {
      expect((await runRelay(['audit', '--event', event], environment)).stdout).toContain('by operator');
    }
    await relay.stop();
    // A start with the retired key is refused.
    const refused = await runRelay([], {
      ...environment,
      STAFFETTA_VAULT_KEY: oldKey ?? '',
      STAFFETTA_PORT: String(port),
    });
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain('does not open this database');
  },
);

test('D5: with PostgreSQL no key is made by itself: every instance must be given the same', async () => {
  const { code, stderr } = await runRelay([], {
    STAFFETTA_DATA_DIR: temporaryFolder(),
    STAFFETTA_DATABASE_URL: 'postgres://relay:secret-word@127.0.0.1:9/relay',
  });
  expect(code).toBe(1);
  expect(stderr).toContain('vault key must be given');
  expect(stderr).not.toContain('secret-word');
});

test('a PostgreSQL that is not there is told without its password', async () => {
  const { code, stderr } = await runRelay([], {
    STAFFETTA_DATA_DIR: temporaryFolder(),
    STAFFETTA_VAULT_KEY: randomBytes(32).toString('base64'),
    STAFFETTA_DATABASE_URL: `postgres://relay:secret-word@127.0.0.1:${await freePort()}/relay`,
  });
  expect(code).toBe(1);
  expect(stderr).toContain('the database cannot be opened');
  expect(stderr).not.toContain('secret-word');
});

test('a PostgreSQL that knows the relay or its database not says so, without the password', async ({
  skip,
}) => {
  if (!runsOnPostgres) skip('needs the server');
  const url = new URL(await createDatabase());
  url.pathname = '/nowhere';
  const { code, stderr } = await runRelay([], {
    STAFFETTA_DATA_DIR: temporaryFolder(),
    STAFFETTA_VAULT_KEY: randomBytes(32).toString('base64'),
    STAFFETTA_DATABASE_URL: url.href,
  });
  expect(code).toBe(1);
  expect(stderr).toContain('database "nowhere" does not exist');
  expect(stderr).not.toContain(url.password);
});

/** Keys that keep a relay from starting, with the word the operator is told. */
const badKeys: Array<{ name: string; key: string; reason: string }> = [
  { name: 'a short key', key: randomBytes(31).toString('base64'), reason: 'shorter' },
  { name: 'a long key', key: randomBytes(33).toString('base64'), reason: 'is not 32 bytes' },
  { name: 'an all-zero key', key: Buffer.alloc(32).toString('base64'), reason: 'all zeros' },
  { name: 'an all-zero key in hexadecimal', key: '0'.repeat(64), reason: 'all zeros' },
  { name: 'a key of one byte', key: Buffer.alloc(32, 0xab).toString('base64'), reason: 'predictable' },
  {
    name: 'a key of two bytes in turn',
    key: Buffer.from('ab12'.repeat(16), 'hex').toString('base64'),
    reason: 'predictable',
  },
  {
    name: 'an ascending key',
    key: Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64'),
    reason: 'predictable',
  },
  {
    name: 'a descending key',
    key: Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - index)).toString('base64'),
    reason: 'predictable',
  },
  {
    name: 'a sentence as key',
    key: Buffer.from('change-me-to-32-secret-bytes-pls').toString('base64'),
    reason: 'predictable',
  },
  { name: 'a key that is no base64', key: 'not base64 at all, is it?', reason: 'is not 32 bytes' },
];

describe('keys', () => {
  test.for(badKeys)('D5: $name in the environment is refused without being repeated', ({ key, reason }) => {
    let message = '';
    try {
      loadKeys(readConfig({ STAFFETTA_VAULT_KEY: key, STAFFETTA_DATA_DIR: temporaryFolder() }));
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      message = String(error);
    }
    expect(message).toContain('STAFFETTA_VAULT_KEY');
    expect(message).toContain(reason);
    expect(message).not.toContain(key);
  });

  test.for([...badKeys, { name: 'nothing', key: '\n', reason: 'empty' }])(
    'D5: $name in the key file is refused',
    ({ key, reason }) => {
      const folder = temporaryFolder();
      writeFileSync(join(folder, 'vault.key'), key, { mode: 0o600 });
      expect(() => loadKeys(readConfig({ STAFFETTA_DATA_DIR: folder }))).toThrow(reason);
    },
  );

  test('D5: one bad key among several is refused', () => {
    expect(() => readConfig({ STAFFETTA_VAULT_KEY: `${newKey()},${'0'.repeat(64)}` })).toThrow('all zeros');
  });

  test('D5: a key file that others can read is refused', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'vault.key');
    writeFileSync(file, newKey());
    for (const mode of [0o640, 0o604, 0o660, 0o644]) {
      chmodSync(file, mode);
      expect(() => loadKeys(readConfig({ STAFFETTA_DATA_DIR: folder }))).toThrow('chmod 600');
    }
  });

  test('D5: a database without its key file is not given a new key', async () => {
    const folder = temporaryFolder();
    const environment = { STAFFETTA_DATA_DIR: folder };
    expect((await runRelay(['invite', 'Mario Rossi'], environment)).code).toBe(0);
    rmSync(join(folder, 'vault.key'));
    const { code, stdout, stderr } = await runRelay([], {
      ...environment,
      STAFFETTA_PORT: String(await freePort()),
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('is missing, but its database exists');
    expect(existsSync(join(folder, 'vault.key'))).toBe(false);
  });

  test('D5: a good key is taken in base64, base64url and hexadecimal alike', () => {
    const bytes = randomBytes(32);
    const [first, ...others] = (['base64', 'base64url', 'hex'] as const).map((form) =>
      vaultOf(bytes.toString(form)),
    );
    const sealed = first?.seal(place, 'a/token') ?? '';
    for (const other of others) expect(other.open(place, sealed)).toBe('a/token');
  });

  test('D6: a database started with another key is refused before it answers, and is left as it was', async () => {
    const folder = temporaryFolder();
    const port = await freePort();
    const environment = { STAFFETTA_DATA_DIR: folder, STAFFETTA_VAULT_KEY: newKey() };
    expect((await runRelay(['invite', 'Mario Rossi'], environment)).code).toBe(0);
    const tables = (): unknown => {
      const database = new DatabaseSync(join(folder, 'relay.sqlite'), { readOnly: true });
      const rows = ['members', 'invites', 'vault_checks', 'audit'].map((table) =>
        database.prepare(`SELECT * FROM ${table}`).all(),
      );
      database.close();
      return rows;
    };
    const before = tables();
    const wrong = { ...environment, STAFFETTA_VAULT_KEY: newKey(), STAFFETTA_PORT: String(port) };
    for (const args of [[], ['invite', 'Anna Bianchi']]) {
      const { code, stdout, stderr } = await runRelay(args, wrong);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('the vault key does not open this database');
    }
    expect(tables()).toEqual(before);
    const relay = await startRelay(port, environment);
    expect((await relay.fetch(`${relay.publicUrl}/ready`)).status).toBe(200);
  });

  test('D6: a vault knows whether it fits a database, and an older key beside a new one still opens', async () => {
    const store = openSqlite(':memory:');
    const [old, young] = [newKey(), newKey()];
    expect(await vaultFits(vaultOf(old), store)).toBe(true);
    expect(await vaultFits(vaultOf(young), store)).toBe(false);
    expect(await vaultFits(vaultOf(young, old), store)).toBe(true);
    const sealed = vaultOf(old).seal(place, 'a/token');
    expect(vaultOf(young, old).open(place, sealed)).toBe('a/token');
    expect(() => vaultOf(young).open(place, sealed)).toThrow(VaultError);
    await store.close();
  });
});
