import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer, request as openRequest, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../scripts/port.ts';
import { readConfig, type Config } from '../../relay/config/config.ts';
import { examineDatabase } from '../../relay/doctor/database.ts';
import { examineDisk } from '../../relay/doctor/disk.ts';
import { examine } from '../../relay/doctor/examine.ts';
import type { Finding } from '../../relay/doctor/finding.ts';
import { examineFolder, examineKeys } from '../../relay/doctor/keys.ts';
import { makePass } from '../../relay/doctor/pass.ts';
import { examineProviders } from '../../relay/doctor/providers.ts';
import { examineHeaders, examinePublicUrl } from '../../relay/doctor/public-url.ts';
import { schemaVersion } from '../../relay/store/migrations/newer.ts';
import { openStore } from '../../relay/store/open.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import { createDatabase, runsOnPostgres } from '../postgres/database.ts';
import { credentials, openRelay, vaultOf } from './harness.ts';
import { runRelay, startRelay, temporaryFolder } from './process.ts';

const newKey = (): string => randomBytes(32).toString('base64');

/** The finding about something, with its level in front. */
const found = (findings: readonly Finding[], about: string): string => {
  const finding = findings.find((one) => one.about === about);
  return finding === undefined
    ? `nothing about ${about}`
    : `${finding.level}: ${finding.says} ${finding.mend ?? ''}`;
};

const configOf = (environment: Record<string, string>): Config =>
  readConfig({ STAFFETTA_DATA_DIR: temporaryFolder(), ...environment });

/** A database as a start leaves it, with its settings. */
async function openStarted(): Promise<{
  config: Config;
  key: string;
  place: { url: string | null; file: string };
}> {
  const folder = temporaryFolder();
  const key = newKey();
  const url = runsOnPostgres ? await createDatabase() : null;
  const environment: Record<string, string> = {
    STAFFETTA_DATA_DIR: folder,
    STAFFETTA_VAULT_KEY: key,
    ...(url === null ? {} : { STAFFETTA_DATABASE_URL: url }),
  };
  const file = join(folder, 'relay.sqlite');
  const relay = await openRelay({ database: url ?? file, vaultKey: key });
  await relay.store.run(
    'INSERT INTO vault_checks (key_id, sealed) VALUES (?, ?)',
    relay.vault.keyId,
    sealCheck(key),
  );
  await relay.close();
  return { config: configOf(environment), key, place: { url, file } };
}

const sealCheck = (key: string): string => {
  const vault = vaultOf(key);
  return vault.seal({ table: 'vault_checks', row: vault.keyId, column: 'sealed', owner: [] }, vault.keyId);
};

const now = (): number => Date.now();

describe('settings, key and folder', () => {
  test('settings that cannot be used are named, and nothing else is looked at', async () => {
    const findings = await examine({ STAFFETTA_PORT: 'x', STAFFETTA_SITES: 'ftp://x' }, () => undefined);
    expect(findings.map(({ level, about }) => `${level} ${about}`)).toEqual([
      'failed settings',
      'failed settings',
    ]);
  });

  test('a key file that others can read, that is gone, or that is a bad key has failed, and none is made', () => {
    const config = configOf({});
    const keys = (): string => found(examineKeys({ config }).findings, 'vault key');
    expect(keys()).toMatch('ok: The first start draws one');
    writeFileSync(config.vaultKeyFile, `${newKey()}\n`, { mode: 0o600 });
    expect(keys()).toMatch('ok:');
    chmodSync(config.vaultKeyFile, 0o644);
    expect(keys()).toMatch(`chmod 600 ${config.vaultKeyFile}`);
    writeFileSync(config.vaultKeyFile, 'a'.repeat(44));
    chmodSync(config.vaultKeyFile, 0o600);
    expect(keys()).toMatch(/^failed: .*predictable|^failed: .*32 bytes/);
    writeFileSync(config.databaseFile, '');
    rmSync(config.vaultKeyFile);
    expect(keys()).toMatch(/^failed: .*missing.*Put the copy/s);
    expect(() => readFileSync(config.vaultKeyFile)).toThrow('ENOENT');
  });

  test('a folder into which others can look is told', () => {
    const config = configOf({ STAFFETTA_DATA_DIR: join(temporaryFolder(), 'data') });
    const folder = join(config.databaseFile, '..');
    mkdirSync(folder, { mode: 0o700 });
    expect(found(examineFolder({ config }), 'data folder')).toMatch('ok:');
    chmodSync(folder, 0o755);
    expect(found(examineFolder({ config }), 'data folder')).toMatch(`chmod 700 ${folder}`);
  });

  test('a place where nothing can be written, and that has no room, has failed', ({ skip }) => {
    if (process.platform !== 'linux') skip('needs a file system that takes no files');
    const findings = examineDisk({ config: configOf({ STAFFETTA_DATA_DIR: '/proc/staffetta' }) });
    expect(found(findings, 'data folder, writing')).toMatch('failed: /proc cannot be written');
    expect(found(findings, 'disk space')).toMatch('failed: 0 MB are free');
    const good = examineDisk({ config: configOf({}) });
    expect(found(good, 'data folder, writing')).toMatch('ok:');
    expect(found(good, 'disk space')).not.toMatch('failed');
  });

  test('what an interrupted backup has left behind is told: it is a copy of the database', () => {
    const config = configOf({});
    mkdirSync(join(config.databaseFile, '..', 'backup-aB3dE6'));
    expect(found(examineDisk({ config }), 'data folder, remains')).toMatch('warning:');
  });
});

describe('the database', () => {
  const look = (config: Config, key: string, at = now) => examineDatabase({ config, now: at }, vaultOf(key));

  test('a good one is found good, and is not changed by the look', async () => {
    const { config, key, place } = await openStarted();
    const before = place.url === null ? readFileSync(place.file) : null;
    const findings = await look(config, key);
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(findings.length).toBeGreaterThan(4);
    if (before !== null) expect(readFileSync(place.file).equals(before)).toBe(true);
  });

  test('another vault key than the one it was made with has failed', async () => {
    const { config } = await openStarted();
    expect(found(await look(config, newKey()), 'vault key and database')).toMatch('failed:');
  });

  test('a schema of an older release is told, and is not brought up to date by the look', async () => {
    const { config, key, place } = await openStarted();
    const set = async (sql: string): Promise<void> => {
      const store = await openStore(place);
      await store.run(sql);
      await store.close();
    };
    await set(`DELETE FROM migrations WHERE id = ${schemaVersion}`);
    expect(found(await look(config, key), 'schema')).toMatch(`warning: It is ${schemaVersion - 1}`);
    expect(found(await look(config, key), 'schema')).toMatch(`warning: It is ${schemaVersion - 1}`);
  });

  test('a schema of a newer release has failed, with the one that is needed', async () => {
    const { config, key, place } = await openStarted();
    const store = await openStore(place);
    await store.run('INSERT INTO migrations (id) VALUES (?)', schemaVersion + 2);
    await store.close();
    expect(found(await look(config, key), 'schema')).toMatch(`failed: It is ${schemaVersion + 2}`);
  });

  test('a damaged file, and one that somebody holds, have failed', async ({ skip }) => {
    if (runsOnPostgres) skip('PostgreSQL looks after its own files');
    const { config, key, place } = await openStarted();
    const holder = new DatabaseSync(place.file);
    holder.exec('BEGIN IMMEDIATE');
    expect(found(await look(config, key), 'database, writing')).toMatch(
      /^failed: It cannot be written: .*locked/,
    );
    holder.exec('ROLLBACK');
    holder.exec('PRAGMA journal_mode = DELETE');
    holder.close();
    const file = openSync(place.file, 'r+');
    writeSync(file, Buffer.alloc(statSync(place.file).size - 40_000, 0x55), 0, undefined, 20_000);
    expect((await look(config, key)).map(({ level }) => level)).toContain('failed');
    writeFileSync(place.file, 'no database at all, but long enough to be one'.repeat(200));
    expect(found(await look(config, key), 'database')).toMatch(
      'failed: It cannot be opened or read: file is not',
    );
  });

  test('a PostgreSQL that is not there has failed, without its password; an empty one waits for its first start', async ({
    skip,
  }) => {
    const gone = configOf({
      STAFFETTA_VAULT_KEY: newKey(),
      STAFFETTA_DATABASE_URL: `postgres://relay:secret-word@127.0.0.1:${await freePort()}/relay`,
    });
    const findings = await look(gone, newKey());
    expect(found(findings, 'database')).toMatch('ECONNREFUSED');
    expect(JSON.stringify(findings)).not.toContain('secret-word');
    if (!runsOnPostgres) skip('the rest needs the server');
    const url = await createDatabase();
    const empty = configOf({ STAFFETTA_VAULT_KEY: newKey(), STAFFETTA_DATABASE_URL: url });
    for (let time = 0; time < 2; time += 1)
      expect(found(await look(empty, newKey()), 'database')).toMatch('ok: It is empty');
  });

  test('a PostgreSQL whose clock is minutes away has failed', async ({ skip }) => {
    if (!runsOnPostgres) skip('an embedded database has no clock of its own');
    const { config, key } = await openStarted();
    const findings = await look(config, key, () => Date.now() + 120_000);
    expect(found(findings, 'clock against PostgreSQL')).toMatch(/^failed: .*1(19|20|21) seconds ahead/);
  });
});

describe('providers', () => {
  const redirectUri = 'https://relay.example.com/callback/fatture-in-cloud';
  async function openProvider(registered = redirectUri) {
    const sandbox = await startSandbox({
      apps: [{ name: 'Staffetta', ...credentials, redirectUri: registered }],
    });
    onTestFinished(() => sandbox.close());
    return { sandbox, config: withProvider(sandbox.origin) };
  }
  const withProvider = (origin: string): Config =>
    configOf({
      STAFFETTA_PUBLIC_URL: 'https://relay.example.com',
      STAFFETTA_FATTURE_IN_CLOUD_CLIENT_ID: credentials.clientId,
      STAFFETTA_FATTURE_IN_CLOUD_CLIENT_SECRET: credentials.clientSecret,
      STAFFETTA_FATTURE_IN_CLOUD_ORIGIN: origin,
    });
  const name = 'Fatture in Cloud';

  test('one that answers, with a clock that agrees, is found good; the redirect URL is printed to be compared', async () => {
    const { config } = await openProvider();
    const findings = await examineProviders({ config, now });
    expect(findings.map(({ level }) => level)).toEqual(['ok', 'ok', 'ok']);
    expect(found(findings, `${name}, redirect URL`)).toContain(redirectUri);
    expect(JSON.stringify(findings)).not.toContain(credentials.clientSecret);
  });

  test('one whose clock is minutes away has failed: whose of the two, a person must see', async () => {
    const { config, sandbox } = await openProvider();
    sandbox.clock.advance(180_000);
    expect(found(await examineProviders({ config, now }), `clock against ${name}`)).toMatch(
      /^failed: .*1(79|80|81) seconds behind/,
    );
  });

  test('one that cannot be reached has failed, with the reason', async () => {
    const config = withProvider(`http://127.0.0.1:${await freePort()}`);
    expect(found(await examineProviders({ config, now }), name)).toMatch(/^failed: .*nothing listens there/);
  });

  test('a redirect URL that the provider does not know is told with the exact one to register', async () => {
    const { config } = await openProvider(`${redirectUri}/`);
    expect(found(await examineProviders({ config, now }), `${name}, redirect URL`)).toMatch(
      `warning: Fatture in Cloud refuses a login with this Client ID and redirect URL (400). Exactly this must stand in the app’s settings there: ${redirectUri} (no slash`,
    );
  });

  test('an answer to the redirect URL itself is proof that it is known', async () => {
    const { origin } = await listen((_, response) => {
      response.writeHead(302, { Location: `${redirectUri}?error=invalid_scope` }).end();
    });
    expect(
      found(await examineProviders({ config: withProvider(origin), now }), `${name}, redirect URL`),
    ).toMatch('ok: Fatture in Cloud knows it');
  });

  test('no app at any provider is told', async () => {
    expect(found(await examineProviders({ config: configOf({}), now }), 'providers')).toMatch('warning:');
  });
});

/** A server of our own on loopback. */
async function listen(handle: RequestListener): Promise<{ origin: string }> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** A proxy that treats the header of addresses as it was set up to. */
const openProxy = (port: number, forward: (header: string | undefined) => string | undefined) =>
  listen((request, response) => {
    const { 'x-forwarded-for': given, ...headers } = request.headers;
    const forwarded = forward(Array.isArray(given) ? given.join(', ') : given);
    const onward = openRequest(
      {
        port,
        host: '127.0.0.1',
        method: request.method,
        path: request.url,
        headers: { ...headers, ...(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }) },
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    request.pipe(onward);
  });

describe('the public address', () => {
  const look = (publicUrl: string, key: string | null): Promise<Finding[]> =>
    examinePublicUrl(
      { config: configOf({ STAFFETTA_PUBLIC_URL: publicUrl }), now },
      key === null ? null : vaultOf(key),
    );
  const about = 'public address';
  const proxied = 'proxy, client addresses';

  test('where nothing answers, or without TLS, or something else, that is said plainly', async () => {
    const port = await freePort();
    expect(found(await look(`http://127.0.0.1:${port}`, newKey()), about)).toMatch(
      /^failed: .*cannot be reached from here: nothing listens there/,
    );
    const { origin } = await listen((_, response) => response.end('{}'));
    expect(found(await look(origin, newKey()), about)).toMatch(/^failed: .*is not this relay/);
    expect(found(await look(origin.replace('http:', 'https:'), newKey()), about)).toMatch(/^failed: .*TLS/);
  });

  test(
    'a proxy that is not trusted, one that hides who asks, and one that believes strangers are told from a good one',
    { timeout: 60_000 },
    async ({ skip }) => {
      if (runsOnPostgres) skip('once is enough: no row is involved');
      const key = newKey();
      const start = async (environment: Record<string, string>): Promise<number> => {
        const port = await freePort();
        await startRelay(port, {
          STAFFETTA_DATA_DIR: temporaryFolder(),
          STAFFETTA_VAULT_KEY: key,
          ...environment,
        });
        return port;
      };
      const [plain, trusting] = await Promise.all([
        start({}),
        start({ STAFFETTA_TRUSTED_PROXIES: '127.0.0.1' }),
      ]);
      const append = (header: string | undefined): string =>
        [header, '198.51.100.9'].filter(Boolean).join(', ');
      const behind = async (port: number, forward: (header: string | undefined) => string | undefined) =>
        found(await look((await openProxy(port, forward)).origin, key), proxied);
      const direct = await look(`http://127.0.0.1:${plain}`, key);
      expect(direct.map(({ level }) => level)).toEqual(['ok', 'ok', 'ok']);
      expect(found(direct, proxied)).toMatch('without a proxy');
      expect(await behind(plain, append)).toMatch(
        /^warning: .*198\.51\.100\.9.*STAFFETTA_TRUSTED_PROXIES=127\.0\.0\.1/,
      );
      expect(await behind(trusting, append)).toMatch('ok: A trusted proxy says who asks: 198.51.100.9');
      expect(await behind(trusting, () => undefined)).toMatch(/^warning: .*puts nothing in its place/);
      expect(await behind(trusting, (header) => header)).toMatch(/^failed: .*made up/);
      expect(found(await look(`http://127.0.0.1:${plain}`, newKey()), about)).toMatch('another vault key');
    },
  );

  test('a TLS proxy that takes the relay’s headers away is told', () => {
    const strict = new Headers({ 'Strict-Transport-Security': 'max-age=31536000' });
    const levels = (url: string, headers: Headers): string[] =>
      examineHeaders(url, headers).map(({ level }) => level);
    expect(levels('https://relay.example.com', new Headers())).toEqual(['warning']);
    expect(levels('https://relay.example.com', strict)).toEqual([]);
    expect(levels('http://127.0.0.1:8787', new Headers())).toEqual([]);
  });

  test('nobody without the vault key learns anything there, and a pass does not last', async () => {
    const key = newKey();
    const relay = await openRelay({ vaultKey: key, startMs: Date.now() });
    const ask = async (header: string | null): Promise<number> =>
      (
        await relay.fetch(
          `${relay.publicUrl}/doctor`,
          header === null ? {} : { headers: { Authorization: header } },
        )
      ).status;
    const good = makePass(vaultOf(key), relay.now());
    expect(await ask(good)).toBe(200);
    const bad = [
      null,
      '',
      'Doctor',
      makePass(vaultOf(newKey()), relay.now()),
      `${good}x`,
      makePass(vaultOf(key), relay.now() + 1).replace(/^\S+ \d+/, `Doctor ${relay.now()}`), // another moment's
    ];
    for (const header of bad) expect(await ask(header), String(header)).toBe(404);
    relay.clock.advance(3_600_000);
    expect(await ask(good)).toBe(404);
  });
});

test('the command ends with 1 where something has failed, says so in both forms, and makes neither key nor database', async () => {
  const folder = join(temporaryFolder(), 'data');
  const environment = { STAFFETTA_DATA_DIR: folder, STAFFETTA_PORT: String(await freePort()) };
  const { code, stdout, stderr } = await runRelay(['doctor', '--json'], environment);
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ isHealthy: false });
  expect(() => statSync(folder)).toThrow('ENOENT');
});
