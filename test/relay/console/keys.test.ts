import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { vaultFits } from '../../../relay/keys/vault.ts';
import { operator } from '../../../relay/audit.ts';
import { sharedDatabase } from '../../postgres/database.ts';
import { openRelay, vaultOf } from '../harness.ts';
import { openTokenEndpoint } from '../token-endpoint.ts';
import { hiddenIn, signIn } from './browser.ts';

const newKey = (): string => randomBytes(32).toString('base64');

/** A relay whose keys were changed in its settings, with what the old one has sealed. */
async function openChanged() {
  const [oldKey, key] = [newKey(), newKey()];
  const database = await sharedDatabase();
  const { origin: providerOrigin } = await openTokenEndpoint();
  const before = await openRelay({ database, vaultKey: oldKey, providerOrigin });
  await vaultFits(before.vault, before.store);
  await before.connect(await before.join('Mario Rossi'));
  await before.close();
  const environment = { STAFFETTA_VAULT_KEY: `${key},${oldKey}` };
  const relay = await openRelay({ database, vaultKey: `${key},${oldKey}`, providerOrigin, environment });
  await vaultFits(relay.vault, relay.store);
  return { relay, keys: [key, oldKey], ids: [vaultOf(key).keyId, vaultOf(oldKey).keyId] as const };
}

/** The words in the row of each key. */
const rowsOf = (html: string): string[] =>
  [...html.matchAll(/<tr role="row" data-row="[^"]*">(.*?)<\/tr>/g)].map(([, row = '']) =>
    row
      .replaceAll(/<[^>]+>/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  );

describe('the keys of the vault', () => {
  it('are named with what each has sealed, and never shown', async () => {
    const { relay, keys, ids } = await openChanged();
    const { browser } = await signIn(relay);
    const html = await (await browser.open('/admin/keys')).text();
    expect(rowsOf(html)).toEqual([
      expect.stringMatching(new RegExp(`^${ids[0]} Seals and opens \\d`)),
      expect.stringMatching(
        new RegExp(`^${ids[1]} Opens only Still needed: do not take it out .* [1-9]\\d*$`),
      ),
    ]);
    for (const page of ['/admin/keys', '/admin/keys/rewrap']) {
      const text = await (await browser.open(page)).text();
      for (const key of keys) expect(text).not.toContain(key);
    }
  });

  it('one step asks and one seals everything anew: then the old key waits ten minutes, and may go', async () => {
    const { relay, ids } = await openChanged();
    const { browser, memberId } = await signIn(relay);
    const path = '/admin/keys/rewrap';
    const question = await (await browser.open(path)).text();
    expect(question).toContain(`Seal everything anew with the key ${ids[0]}?`);
    const done = await browser.post(path, hiddenIn(question));
    expect(done.headers.get('location')).toBe('/admin/keys?done=rewrapStarted');
    // Resolves with the run that is under way, or a further one that finds nothing left.
    await relay.deps.rewrapper.start(operator);
    const row = await relay.store.get(
      "SELECT actor_id, count(*) AS times FROM audit WHERE event = 'vault_rewrapped' AND actor_id = ? GROUP BY 1",
      memberId,
    );
    expect(row).toEqual({ actor_id: memberId, times: 1 });
    const waiting = await (await browser.open('/admin/keys')).text();
    expect(rowsOf(waiting)[1]).toMatch(
      /Seals nothing any more\. You may take it out .* from 16 Nov 2026.*13:10.* 0$/,
    );
    expect(waiting).not.toContain('href="/admin/keys/rewrap"');
    relay.clock.advance(10 * 60_000);
    const free = await (await browser.open('/admin/keys')).text();
    expect(rowsOf(free)[1]).toMatch(/Not needed You may take it out of the configuration\./);
    expect(free).toMatch(/All secrets \(\d+\) are sealed with today’s key/);
  });

  it('pressed twice it runs once, tells how far it is on reload, and each press stands for one question', async () => {
    const { relay } = await openChanged();
    const { browser } = await signIn(relay);
    const path = '/admin/keys/rewrap';
    const gate = Promise.withResolvers<void>();
    const { run } = relay.store;
    relay.store.run = async (sql, ...values) => {
      if (sql.startsWith('UPDATE connections')) await gate.promise;
      return run(sql, ...values);
    };
    const fields = hiddenIn(await (await browser.open(path)).text());
    expect((await browser.post(path, fields)).status).toBe(303);
    expect((await browser.post(path, fields)).status).toBe(409);
    expect((await browser.submit(path, path)).status).toBe(303);
    const running = await (await browser.open('/admin/keys?done=rewrapStarted')).text();
    expect(running).toContain('The relay has begun to seal everything');
    expect(running).toContain('The relay is sealing the others anew');
    expect(running).toMatch(/\d+ of \d+ secrets are sealed with today’s key/);
    gate.resolve();
    await relay.deps.rewrapper.start(operator);
    const events = await relay.audit();
    expect(events.filter((event) => event === 'vault_rewrapped')).toHaveLength(1);
    expect(events.filter((event) => event === 'vault_rewrap_started')).toHaveLength(1);
  });

  it('a key that this relay has not got is missed by its name', async () => {
    const { relay } = await openChanged();
    const stranger = vaultOf(newKey());
    await relay.store.run('INSERT INTO vault_checks (key_id, sealed) VALUES (?, ?)', stranger.keyId, 'x');
    const { browser } = await signIn(relay);
    const html = await (await browser.open('/admin/keys')).text();
    expect(rowsOf(html)[2]).toMatch(
      new RegExp(`^${stranger.keyId} Missing This relay does not have this key`),
    );
  });

  it('an attempt that has stopped says so, and can be made again', async () => {
    const { relay } = await openChanged();
    const { browser } = await signIn(relay);
    const { run } = relay.store;
    relay.store.run = (sql, ...values) =>
      sql.startsWith('UPDATE connections') ? Promise.reject(new Error('canary-91ab')) : run(sql, ...values);
    await relay.deps.rewrapper.start(operator);
    relay.store.run = run;
    const html = await (await browser.open('/admin/keys')).text();
    expect(html).toContain('The last attempt has stopped');
    expect(html).not.toContain('canary-91ab');
    expect(html).toContain('href="/admin/keys/rewrap"');
  });

  it('a row that opens with none of the keys is named', async () => {
    const { relay } = await openChanged();
    const { browser } = await signIn(relay);
    await relay.store.run("UPDATE connections SET access_token = '1.00000000.canary'");
    const row = await relay.store.get<{ id: string }>('SELECT id FROM connections');
    await relay.deps.rewrapper.start(operator);
    const html = await (await browser.open('/admin/keys')).text();
    expect(html).toContain(`open with none of the keys: 1 in all, among them connections ${row?.id}.`);
    expect(html).not.toContain('canary');
  });
});
