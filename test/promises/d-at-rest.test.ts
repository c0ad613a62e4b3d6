import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { deleteConnection, listConnections } from '../../shared/api/connections.ts';
import { createGrant } from '../../shared/api/grants.ts';
import { VaultError, type Place } from '../../relay/keys/vault.ts';
import { bringCode, openRelay } from '../relay/harness.ts';
import { runRelay, temporaryFolder } from '../relay/process.ts';
import { openSandboxed } from '../relay/sandboxed.ts';
import { openTokenEndpoint } from '../relay/token-endpoint.ts';
import { allSecrets, dayMs, newKey, openWorked, place, vaultOf } from './worked.ts';

/** The whole database as it lies on the disk: file, write-ahead log and shared memory. */
function dump(file: string): Buffer {
  const names = [file, `${file}-wal`, `${file}-shm`].filter((name) => existsSync(name));
  return Buffer.concat(names.map((name) => readFileSync(name)));
}

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
