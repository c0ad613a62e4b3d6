import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '../../scripts/port.ts';
import { listConnections } from '../../shared/api/connections.ts';
import { createDatabase, runsOnPostgres } from '../postgres/database.ts';
import { Installation } from '../relay/installation.ts';
import { runRelay, startRelay, temporaryFolder } from '../relay/process.ts';

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
