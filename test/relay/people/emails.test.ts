import { expect, it } from 'vitest';
import { operator } from '../../../relay/audit.ts';
import { nameEmail } from '../../../relay/people/emails.ts';
import { addMember } from '../../../relay/people/members.ts';
import { memberOf } from '../../../relay/sso/members.ts';
import { runsOnPostgres } from '../../postgres/database.ts';
import { openRelay } from '../harness.ts';

const environment = {
  STAFFETTA_SSO_ISSUER: 'https://login.example.com',
  STAFFETTA_SSO_CLIENT_ID: 'staffetta',
  STAFFETTA_SSO_CLIENT_SECRET: 'x',
  STAFFETTA_SSO_DOMAINS: 'example.com',
};

it('another address, named while who has the one before signs in for the first time, makes no second account', async ({
  skip,
}) => {
  skip(!runsOnPostgres, 'an embedded database runs one transaction at a time');
  const { deps, store, now } = await openRelay({ environment });
  const email = 'mario@example.com';
  const { memberId } = await addMember(deps, operator, { name: 'Mario Rossi', email });
  const account = { issuer: environment.STAFFETTA_SSO_ISSUER, subject: 's-1', email };
  const signedIn = { ...account, name: 'Mario', groups: null, role: null };
  const signedInTo = Promise.withResolvers<void>();
  const mayCommit = Promise.withResolvers<void>();
  const signIn = store.transaction(async (statements) => {
    await memberOf(statements, deps.audit, signedIn, now(), {});
    signedInTo.resolve();
    await mayCommit.promise;
  });
  await signedInTo.promise;
  const refused = expect(nameEmail(deps, operator, memberId, 'm.rossi@example.com')).rejects.toThrow(
    'changed-meanwhile',
  );
  const waiting =
    "SELECT count(*) AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
  await expect.poll(() => store.get(waiting)).toEqual({ count: 1 });
  mayCommit.resolve();
  await signIn;
  await refused;
  expect(await store.all('SELECT issuer, subject, email, member_id FROM identities')).toEqual([
    { ...account, member_id: memberId },
  ]);
});
