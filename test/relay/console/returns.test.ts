import { expect, it } from 'vitest';
import { MemberId } from '../../../shared/ids.ts';
import { operator } from '../../../relay/audit.ts';
import { addMember, expelMember } from '../../../relay/people/members.ts';
import { findIdentity, insertIdentity } from '../../../relay/store/identities.ts';
import { openRelay } from '../harness.ts';
import { signIn } from './browser.ts';

const identity = { issuer: 'https://login.example.com', subject: 's-1', email: 'mario@example.com' };

/** A relay whose Mario came by his work account and was removed. */
async function openRemoved() {
  const relay = await openRelay();
  const { memberId } = await addMember(relay.deps, operator, { name: 'Mario Rossi' });
  await insertIdentity(relay.store, { ...identity, memberId: MemberId.parse(memberId) }, relay.now());
  await expelMember(relay.deps, operator, memberId);
  return relay;
}

it('whoever was removed is named, and may return after two steps', async () => {
  const relay = await openRemoved();
  const { browser, memberId } = await signIn(relay);
  const html = await (await browser.open('/admin/people')).text();
  expect(html).toContain('Work accounts that were removed');
  const [, path = ''] = /href="(\/admin\/people\/[^"]+\/return)"/.exec(html) ?? [];
  expect(path).not.toContain('mario');
  const question = await (await browser.open(path)).text();
  expect(question).toContain('Allow mario@example.com to return?');
  expect(question).toContain('may come back too, whatever its address is by now');
  expect(await findIdentity(relay.store, identity)).toMatchObject({ memberId: null });
  const done = await browser.submit(path, path);
  expect(done.headers.get('location')).toBe('/admin/people?done=returnAllowed');
  expect(await findIdentity(relay.store, identity)).toBeNull();
  const row = await relay.store.get("SELECT actor_id FROM audit WHERE event = 'return_allowed'");
  expect(row).toEqual({ actor_id: memberId });
  expect(await (await browser.open('/admin/people')).text()).not.toContain('Work accounts that were removed');
  expect((await browser.open(path)).status).toBe(404);
});

it('an auditor sees them and can let nobody return', async () => {
  const relay = await openRemoved();
  const { browser } = await signIn(relay, { role: 'auditor' });
  const html = await (await browser.open('/admin/people')).text();
  expect(html).toContain('mario@example.com');
  expect(html).not.toContain('/return"');
  expect((await browser.open(`/admin/people/${'A'.repeat(43)}/return`)).status).toBe(403);
});
