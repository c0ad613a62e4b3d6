import { describe, expect, it } from 'vitest';
import { drawLink } from '../../../relay/console/pages/link.ts';
import { shareWithTeam } from '../../../relay/sharing/share.ts';
import { listShared } from '../../../relay/store/team-connections.ts';
import { findWish, insertWebhook, saveWish } from '../../../relay/store/webhooks.ts';
import { openSandboxed } from '../sandboxed.ts';
import { Browser, hiddenIn, signIn } from './browser.ts';

const who = { email: 'demo@example.it', scopes: ['entity.clients:r'] };

/** An administrator with a connection of their own and the console open, and a member with one. */
async function openOwn() {
  const world = await openSandboxed();
  const { relay, connectAs } = world;
  const ada = await relay.join('Ada Neri', { role: 'admin' });
  const { connection } = await connectAs(ada, who);
  const memberId = await relay.memberOf(ada);
  const browser = new Browser(relay);
  await browser.post(new URL((await drawLink(relay.deps, memberId)).link).pathname, {});
  const mario = await relay.join('Mario Rossi');
  const { connection: marios } = await connectAs(mario, who);
  return { ...world, browser, memberId, id: connection.id, mariosId: marios.id };
}

const give = (id: string) => `/admin/connections/${id}/give`;

describe('a connection', () => {
  it('of an administrator’s own is given in two steps, to administrators at first, and its notices end', async () => {
    const { relay, browser, memberId, id } = await openOwn();
    const webhook = { id: 'whk_1', providerId: 'fatture-in-cloud', account: 'x', createdAtMs: 1 };
    await insertWebhook(relay.store, { ...webhook, remoteId: null, secret: null });
    const wish = { webhookId: 'whk_1', connectionId: id, memberId, companyId: null, kinds: [] };
    await saveWish(relay.store, wish);
    expect(await (await browser.open('/admin/connections')).text()).toContain(give(id));
    const question = await (await browser.open(give(id))).text();
    expect(question).toContain('whoever uses it works with your account at Fatture in Cloud');
    expect(question).toContain('The notifications that you get of this connection end');
    expect(await listShared(relay.store)).toEqual([]);
    const done = await browser.submit(give(id), give(id));
    expect(done.headers.get('location')).toBe(`/admin/connections/${id}/audience?done=given`);
    expect(await listShared(relay.store)).toMatchObject([
      { id, sharedWith: { roles: ['admin'], groups: [], members: [] } },
    ]);
    expect(await findWish(relay.store, id)).toBeNull();
    expect(await (await browser.open(done.headers.get('location') ?? '')).text()).toContain(
      'choose who else',
    );
    const row = await relay.store.get("SELECT actor_id FROM audit WHERE event = 'connection_shared'");
    expect(row).toEqual({ actor_id: memberId });
  });

  it('that was given meanwhile stays with whom it is shared: a page of before changes nothing', async () => {
    const { relay, browser, memberId, id } = await openOwn();
    const asked = await browser.open(give(id));
    await shareWithTeam(relay.deps, memberId, id, 'everyone', {});
    const refused = await browser.post(give(id), hiddenIn(await asked.text()));
    expect(refused.status).toBe(409);
    expect(await listShared(relay.store)).toMatchObject([{ id, sharedWith: 'everyone' }]);
  });

  it('goes back to whom it came from, by any administrator', async () => {
    const { relay, browser, memberId, id } = await openOwn();
    await browser.submit(give(id), give(id));
    const other = await signIn(relay, { name: 'Bea Blu' });
    expect(await (await other.browser.open('/admin/connections')).text()).toContain(`${give(id)}-back`);
    const question = await (await other.browser.open(`${give(id)}-back`)).text();
    expect(question).toContain('It goes back to Ada Neri');
    const done = await other.browser.submit(`${give(id)}-back`, `${give(id)}-back`);
    expect(done.headers.get('location')).toBe('/admin/connections?done=givenBack');
    expect(await listShared(relay.store)).toEqual([]);
    const row = await relay.store.get(
      "SELECT actor_id, member_id FROM audit WHERE event = 'connection_given_back'",
    );
    expect(row).toEqual({ actor_id: other.memberId, member_id: memberId });
  });

  it('of somebody else is nobody’s to give, nor a second to the same provider', async () => {
    const { relay, browser, connectAs, id, mariosId } = await openOwn();
    const html = await (await browser.open('/admin/connections')).text();
    expect(html).not.toContain(give(mariosId));
    expect((await browser.open(give(mariosId))).status).toBe(404);
    // With the button of another page, too.
    const bea = await relay.join('Bea Blu', { role: 'admin' });
    const asked = await browser.open(give(id));
    await connectAs(bea, { ...who, forTeam: true });
    const refused = await browser.post(give(id), hiddenIn(await asked.text()));
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain('The team has a connection to this provider already');
    expect((await browser.open(give(id))).status).toBe(404);
  });

  it('that was made for the team goes back to nobody', async () => {
    const { relay, connectAs } = await openSandboxed();
    const { browser } = await signIn(relay);
    const bea = await relay.join('Bea Blu', { role: 'admin' });
    const { connection } = await connectAs(bea, { ...who, forTeam: true });
    expect(await (await browser.open('/admin/connections')).text()).not.toContain('give-back');
    expect((await browser.open(`${give(connection.id)}-back`)).status).toBe(404);
  });

  it.each([
    ['', 'is being renewed just now', 'refresh_lease_until_ms = 9000000000000'],
    ['-back', 'is being renewed just now', 'refresh_lease_until_ms = 9000000000000'],
    ['', 'This connection has expired', "status = 'expired'"],
    ['-back', 'The permission of this connection was taken back', "status = 'revoked'"],
    ['-back', 'Renewing this connection stopped halfway', "status = 'interrupted'"],
  ])('that cannot be given%s for the moment says why: %s', async (back, words, change) => {
    const { relay, browser, id } = await openOwn();
    if (back !== '') await browser.submit(give(id), give(id));
    const path = `${give(id)}${back}`;
    const fields = hiddenIn(await (await browser.open(path)).text());
    await relay.store.run(`UPDATE connections SET ${change} WHERE id = ?`, id);
    const refused = await (await browser.post(path, fields)).text();
    expect(refused).toContain(words);
    expect(refused).not.toContain('does not answer');
  });
});
