import { expect, it } from 'vitest';
import { operator } from '../../../relay/audit.ts';
import { addMember, listPeople } from '../../../relay/people/members.ts';
import { memberOf } from '../../../relay/sso/members.ts';
import type { SqlValue, Statements } from '../../../relay/store/driver.ts';
import { insertIdentity } from '../../../relay/store/identities.ts';
import { lockOut } from '../../../relay/store/members.ts';
import { runsOnPostgres } from '../../postgres/database.ts';
import { openRelay } from '../harness.ts';

const account = { issuer: 'https://login.example.com', subject: 's-1', email: 'mario@example.com' };

it('a sign-in that has begun before its member is locked out ends in a refusal, and no role comes back', async ({
  skip,
}) => {
  skip(!runsOnPostgres, 'an embedded database runs one transaction at a time');
  const { deps, store, now } = await openRelay();
  const { memberId } = await addMember(deps, operator, { name: 'Mario Rossi' });
  await insertIdentity(store, { ...account, memberId }, now());
  let isLockedOut = false;
  const meanwhile = (statements: Statements): Statements => ({
    ...statements,
    async get<Row>(sql: string, ...values: SqlValue[]) {
      const row = await statements.get<Row>(sql, ...values);
      if (!isLockedOut) await store.transaction((others) => lockOut(others, memberId));
      isLockedOut = true;
      return row;
    },
  });
  const signedIn = { ...account, name: 'Mario', groups: null, role: 'admin' as const };
  const signIn = store.transaction((statements) =>
    memberOf(meanwhile(statements), deps.audit, signedIn, now(), {}),
  );
  await expect(signIn).rejects.toThrow('sign-in-refused');
  expect(isLockedOut).toBe(true);
  expect(await listPeople(deps)).toMatchObject([{ id: memberId, role: 'member' }]);
});
