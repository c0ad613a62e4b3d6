import { randomBytes } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { vaultFits, vaultOpens, type Place } from '../../relay/keys/vault.ts';
import { operator } from '../../relay/audit.ts';
import { rewrapVault } from '../../relay/rewrap.ts';
import { schemaVersion } from '../../relay/store/migrations/newer.ts';
import { countSealed, listKnownKeys, sealedTablesOf, type SealedTable } from '../../relay/store/sealed.ts';
import { runsOnPostgres, sharedDatabase } from '../postgres/database.ts';
import { changeKey, openRelay, vaultOf } from './harness.ts';
import { insertOf, rowsAt } from './store/old-rows.ts';
import { openTokenEndpoint } from './token-endpoint.ts';

const newKey = (): string => randomBytes(32).toString('base64');

/** A database whose six connections and three keys of the relay an old key has sealed, opened by `count` relays with a new one. */
async function openChanged(count: number) {
  const [oldKey, key] = [newKey(), newKey()];
  const database = await sharedDatabase();
  const { origin: providerOrigin } = await openTokenEndpoint();
  const before = await openRelay({ database, vaultKey: oldKey, providerOrigin });
  await vaultFits(before.vault, before.store);
  for (let member = 0; member < 6; member += 1) await before.connect(await before.join(`Member ${member}`));
  await before.close();
  const relays = [];
  for (let index = 0; index < count; index += 1) {
    const relay = await openRelay({ database, vaultKey: `${key},${oldKey}`, providerOrigin });
    await vaultFits(relay.vault, relay.store);
    relays.push(relay);
  }
  const [relay] = relays;
  if (relay === undefined) throw new Error('no relay');
  const [keyId, oldKeyId] = [vaultOf(key).keyId, vaultOf(oldKey).keyId];
  const othersOf = async () =>
    (await countSealed(relay.store))
      .filter((one) => one.keyId !== keyId)
      .reduce((sum, { count: n }) => sum + n, 0);
  return { relay, relays, key, oldKey, keyId, oldKeyId, othersOf };
}

test('every place that something is sealed for is sealed anew: none in the sources is missing in the list', () => {
  const placed = globSync('relay/**/*.ts').flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    return [...text.matchAll(/table: '(\w+)',\s*row: [^,]+,\s*column(?::\s*([^;]+?))?,\s*owner/g)].flatMap(
      ({ 1: table, 2: named, index }) => {
        // Where the column is an argument, its type names them.
        const columns = named ?? /.*\bcolumn: ([^)]+)\)/s.exec(text.slice(0, index))?.[1] ?? '';
        return [...columns.matchAll(/'(\w+)'/g)].map(([, column]) => `${table}.${column}`);
      },
    );
  });
  // What these seal travels, or says which keys there are; no row has to be sealed anew.
  const elsewhere = new Set([
    'flows.handle',
    'doctor.pass',
    'vault_checks.sealed',
    'connections.accessToken',
  ]);
  const listed = new Set(
    sealedTablesOf({ kind: 'postgres' }).flatMap(({ name, columns }) =>
      columns.map((column) => `${name}.${column}`),
    ),
  );
  expect(new Set(placed.filter((place) => !elsewhere.has(place)))).toEqual(listed);
});

test('a value in every column that something is sealed in is sealed anew in its place', async () => {
  const relay = await openRelay();
  const { store, vault } = relay;
  for (const row of rowsAt(schemaVersion)) await store.run(insertOf(row));
  const eachValue = async (work: (place: Place, table: SealedTable) => Promise<unknown>): Promise<void> => {
    for (const table of sealedTablesOf(store)) {
      const { name, key, columns, owner } = table;
      const rows = await store.all<Record<string, string>>(
        `SELECT ${[`${key} AS row_key`, ...owner].join(', ')} FROM ${name}`,
      );
      expect(rows, name).not.toEqual([]);
      for (const row of rows) {
        const place = { table: name, row: row['row_key'] ?? '', owner: owner.map((one) => row[one] ?? '') };
        for (const column of columns) await work({ ...place, column }, table);
      }
    }
  };
  await eachValue(async (place, { name, key }) => {
    const sealed = vault.seal(place, JSON.stringify(place));
    await store.run(`UPDATE ${name} SET ${place.column} = ? WHERE ${key} = ?`, sealed, place.row);
  });
  await changeKey(relay);
  await eachValue(async (place, { name, key }) => {
    const found = await store.get<{ value: string }>(
      `SELECT ${place.column} AS value FROM ${name} WHERE ${key} = ?`,
      place.row,
    );
    expect(vault.open(place, found?.value ?? '')).toBe(JSON.stringify(place));
  });
});

test('several at once seal everything anew, each value opens, and the old key is retired', async () => {
  // One relay serves an embedded database; a command may run beside it.
  const { relays, relay, key, keyId, oldKeyId, othersOf } = await openChanged(runsOnPostgres ? 3 : 1);
  expect(await othersOf()).toBeGreaterThan(12);
  const runs = await Promise.all([0, 1, 2].map((index) => rewrapVault((relays[index] ?? relay).deps)));
  expect(runs.reduce((sum, resealed) => sum + resealed)).toBe(6);
  expect(await othersOf()).toBe(0);
  // Whatever opens has kept its place and owner.
  await rewrapVault({ ...relay.deps, vault: vaultOf(`${newKey()},${key}`) });
  expect(await listKnownKeys(relay.store)).toEqual(
    expect.arrayContaining([
      { keyId, retiredAtMs: relay.now() },
      { keyId: oldKeyId, retiredAtMs: relay.now() },
    ]),
  );
  expect(await vaultOpens(vaultOf(key), relay.store)).toBe(false);
});

test('ended in the middle it has lost nothing, and begun again it finds what is left', async () => {
  const { relay, oldKey, key, othersOf } = await openChanged(1);
  const before = await othersOf();
  const { run } = relay.store;
  let resealed = 0;
  const stopped = new AbortController();
  relay.store.run = async (sql, ...values) => {
    const changed = await run(sql, ...values);
    if (sql.startsWith('UPDATE connections') && (resealed += changed) === 3) stopped.abort();
    return changed;
  };
  await expect(rewrapVault({ ...relay.deps, signal: stopped.signal })).rejects.toThrow('abort');
  relay.store.run = run;
  expect(resealed).toBe(3);
  expect(await othersOf()).toBe(before - 6);
  expect(await vaultOpens(vaultOf(`${key},${oldKey}`), relay.store)).toBe(true);
  expect(await vaultOpens(vaultOf(key), relay.store)).toBe(false);
  expect(await rewrapVault(relay.deps)).toBe(3);
  expect(await othersOf()).toBe(0);
  expect(await vaultOpens(vaultOf(key), relay.store)).toBe(true);
});

test('a row that was altered stops none of the others, and is named without anything of its value; no key is retired', async () => {
  const { relay, oldKey, key, othersOf } = await openChanged(1);
  const row = await relay.store.get<{ id: string; refresh_token: string }>(
    'SELECT id, refresh_token FROM connections ORDER BY id',
  );
  if (row === undefined) throw new Error('no connection');
  const altered = `${row.refresh_token.slice(0, -4)}AAAA`;
  const alter = (value: string) =>
    relay.store.run('UPDATE connections SET refresh_token = ? WHERE id = ?', value, row.id);
  await alter(altered);
  await expect(rewrapVault(relay.deps)).rejects.toThrow(`none of the keys: 1 (connections ${row.id}).`);
  // Its two tokens.
  expect(await othersOf()).toBe(2);
  expect(await vaultOpens(vaultOf(key), relay.store)).toBe(false);
  await relay.deps.rewrapper.start(operator);
  expect(relay.deps.rewrapper.unreadable).toEqual({ count: 1, named: [`connections ${row.id}`] });
  expect(relay.log.join('\n')).toContain(`connections ${row.id}`);
  expect(relay.log.join('\n')).not.toContain(altered);
  expect(await vaultOpens(vaultOf(`${key},${oldKey}`), relay.store)).toBe(true);

  await alter(row.refresh_token);
  await relay.deps.rewrapper.start(operator);
  expect(relay.deps.rewrapper).toMatchObject({ state: 'idle', unreadable: null });
  expect(await othersOf()).toBe(0);
  expect(await vaultOpens(vaultOf(key), relay.store)).toBe(true);
});

test('of many rows that do not open the first few are named', async () => {
  const { relay } = await openChanged(1);
  await relay.store.run("UPDATE connections SET access_token = '1.00000000.AAAA'");
  await expect(rewrapVault(relay.deps)).rejects.toThrow(
    /none of the keys: 6 \((?:connections con_\S+, ){5}…\)/,
  );
});

test('a relay that ends takes it along after the row in hand', async () => {
  const { relay, othersOf } = await openChanged(1);
  const { run } = relay.store;
  const ended: Promise<void>[] = [];
  relay.store.run = async (sql, ...values) => {
    if (ended.length === 0 && sql.startsWith('UPDATE connections')) ended.push(relay.deps.rewrapper.stop());
    return run(sql, ...values);
  };
  await relay.deps.rewrapper.start(operator);
  await Promise.all(ended);
  relay.store.run = run;
  expect(relay.deps.rewrapper.state).toBe('idle');
  expect(await othersOf()).toBeGreaterThan(0);
  expect(await relay.audit()).not.toContain('vault_rewrapped');
});

test('where another relay goes on to seal with its old key that is said, and no key is retired', async () => {
  const { relay, oldKey, key } = await openChanged(1);
  const { run } = relay.store;
  // As good as one that puts its own back at once.
  relay.store.run = async (sql, ...values) =>
    sql.startsWith('UPDATE connections SET access_token') ? 0 : run(sql, ...values);
  await expect(rewrapVault(relay.deps)).rejects.toThrow('put the new key in front at each of them');
  await relay.deps.rewrapper.start(operator);
  expect(relay.deps.rewrapper.state).toBe('failed');
  expect(relay.log.join('\n')).toContain('the vault could not be sealed anew');
  expect(await vaultOpens(vaultOf(key), relay.store)).toBe(false);
  expect(await vaultOpens(vaultOf(`${key},${oldKey}`), relay.store)).toBe(true);
});

test('a retired key that is put in front again is in use again', async () => {
  const { relay, oldKey, key, oldKeyId } = await openChanged(1);
  await rewrapVault(relay.deps);
  expect(await vaultFits(vaultOf(oldKey), relay.store)).toBe(false);
  expect(await vaultFits(vaultOf(`${oldKey},${key}`), relay.store)).toBe(true);
  expect(await listKnownKeys(relay.store)).toContainEqual({ keyId: oldKeyId, retiredAtMs: null });
  expect(await vaultOpens(vaultOf(key), relay.store)).toBe(false);
});
