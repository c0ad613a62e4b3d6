import { expect, it } from 'vitest';
import { operator } from '../../../relay/audit.ts';
import { addMember, listPeople } from '../../../relay/people/members.ts';
import { insertIdentity } from '../../../relay/store/identities.ts';
import { openRelay } from '../harness.ts';
import { signIn } from './browser.ts';

const environment = {
  STAFFETTA_SSO_ISSUER: 'https://login.example.com',
  STAFFETTA_SSO_CLIENT_ID: 'staffetta',
  STAFFETTA_SSO_CLIENT_SECRET: 'x',
  STAFFETTA_SSO_DOMAINS: 'example.com, studio.example',
};

const person = { name: 'Mario Rossi', role: 'member', groups: '' };

it('with the invite, and later on the person’s page, an address is named, changed and taken back', async () => {
  const relay = await openRelay({ environment });
  const { browser, memberId: admin } = await signIn(relay);
  const emailOf = async () =>
    (await listPeople(relay.deps)).find(({ name }) => name === 'Mario Rossi')?.email;
  const page = await (await browser.open('/admin/people')).text();
  expect(page).toContain('It has to end with: @example.com, @studio.example');
  const email = ' Mario@Example.com';
  expect((await browser.submit('/admin/people', '/admin/people', { ...person, email })).status).toBe(200);
  expect(await emailOf()).toBe('mario@example.com');
  const id = (await listPeople(relay.deps)).find(({ name }) => name === 'Mario Rossi')?.id;
  const path = `/admin/people/${id}`;
  expect(await (await browser.open(path)).text()).toContain(
    'Whoever first signs in with the work account mario@example.com is this person',
  );
  const saved = await browser.submit(path, `${path}/email`, { email: 'rossi@studio.example' });
  expect(saved.headers.get('location')).toBe(`${path}?done=emailNamed`);
  expect(await emailOf()).toBe('rossi@studio.example');
  await browser.submit(path, `${path}/email`, { email: '' });
  expect(await emailOf()).toBeNull();
  const rows = await relay.store.all("SELECT actor_id, member_id FROM audit WHERE event = 'email_named'");
  expect(rows).toEqual(Array.from({ length: 3 }, () => ({ actor_id: admin, member_id: id })));
});

it('who removes somebody whose account nobody knows is told how they could come back', async () => {
  const warning = 'No work account of theirs is known';
  const removalOf = async (more: object, email: string | null) => {
    const relay = await openRelay(more);
    const { browser } = await signIn(relay);
    const { memberId } = await addMember(relay.deps, operator, { name: 'Mario Rossi', email });
    return (await browser.open(`/admin/people/${memberId}/remove`)).text();
  };
  expect(await removalOf({ environment }, null)).toContain(warning);
  expect(await removalOf({ environment }, 'mario@example.com')).not.toContain(warning);
  expect(await removalOf({}, null)).not.toContain(warning);
});

it('what cannot be an address of theirs is refused in words, and nobody is invited with it', async () => {
  const relay = await openRelay({ environment });
  const { browser } = await signIn(relay);
  await addMember(relay.deps, operator, { name: 'Bruno Verdi', email: 'bruno@example.com' });
  const invite = (email: string) => browser.submit('/admin/people', '/admin/people', { ...person, email });
  for (const email of ['no address', 'mario@elsewhere.example', 'a@b@example.com']) {
    const refused = await invite(email);
    expect([refused.status, await refused.text()], email).toEqual([400, expect.stringContaining('email')]);
  }
  const taken = await invite('Bruno@example.com');
  expect([taken.status, await taken.text()]).toEqual([
    409,
    expect.stringContaining('Somebody on the team has this address already'),
  ]);
  expect(await listPeople(relay.deps)).toHaveLength(2);
});

it('whoever has signed in keeps their account; without single sign-on, and for an auditor, there is no field', async () => {
  const relay = await openRelay({ environment });
  const { browser } = await signIn(relay);
  const { memberId } = await addMember(relay.deps, operator, { name: 'Mario Rossi' });
  const path = `/admin/people/${memberId}`;
  const auditor = await signIn(relay, { name: 'Rita Neri', role: 'auditor' });
  const seen = await (await auditor.browser.open(path)).text();
  expect(seen).toContain('No address is named');
  expect(seen).not.toContain('name="email"');
  const own = { email: 'mario@example.com' };
  expect((await auditor.browser.submit(path, `${path}/email`, own)).status).toBe(403);
  const identity = { issuer: 'https://login.example.com', subject: 's', email: 'mario@example.com' };
  await insertIdentity(relay.store, { ...identity, memberId }, 1);
  const html = await (await browser.open(path)).text();
  expect(html).toContain('Signs in with their work account already');
  expect(html).not.toContain('name="email"');
  expect((await browser.submit(path, `${path}/email`, own)).status).toBe(409);
  const without = await openRelay();
  const plain = (await signIn(without)).browser;
  expect(await (await plain.open('/admin/people')).text()).not.toContain('name="email"');
});
