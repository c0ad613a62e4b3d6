import { expect, test } from 'vitest';
import { InviteLink } from '../../../shared/api/enrolments.ts';
import { operator } from '../../../relay/audit.ts';
import { addMember } from '../../../relay/people/members.ts';
import { openRelay } from '../harness.ts';

test('an invite is a link whose secret stands in the fragment; the database keeps only its digest', async () => {
  const relay = await openRelay();
  const { link } = (await addMember(relay.deps, operator, { name: 'Mario Rossi' })).invite;
  const { relayOrigin, invite } = InviteLink.parse(link);
  expect(relayOrigin).toBe(relay.publicUrl);
  expect(new URL(link).pathname + new URL(link).search).toBe('/');
  expect(JSON.stringify(await relay.store.all('SELECT * FROM invites'))).not.toContain(invite.slice(4));
});

test('no two invites are alike, and each makes a member of its own', async () => {
  const relay = await openRelay();
  const invites = await Promise.all(Array.from({ length: 20 }, () => relay.invite('Anna Bianchi')));
  expect(new Set(invites).size).toBe(20);
  expect(await relay.store.all('SELECT id FROM members')).toHaveLength(20);
});
