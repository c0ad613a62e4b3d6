import { Failure } from '../../shared/failure.ts';
import type { MemberId } from '../../shared/ids.ts';
import type { Core } from '../core.ts';
import type { Statements } from '../store/driver.ts';
import { accountOf, deleteNamed, insertNamed, isEmailElsewhere } from '../store/identities.ts';
import { isMember } from '../store/members.ts';
import type { Actor } from '../audit.ts';

/** What naming an address needs of the relay. */
export type EmailDeps = Pick<Core, 'audit' | 'now'> & { config: Pick<Core['config'], 'sso'> };

/**
 * Says which address a member's work account has, so that their first sign-in finds the member they are instead of making
 * another; null takes it back.
 *
 * Whoever is given that address by the identity provider becomes this member, with their role and connections. Therefore it
 * has to be verified and of one of the team's domains, as for every sign-in; it works for one account, once; nobody can have
 * it whose address it is already, nor who was removed with it; and a member who has signed in keeps the account they have.
 *
 * @param email in lower case
 * @throws Failure `sign-in-off` · `request-invalid` (of no domain of the team's) · `not-found` · `address-taken` ·
 *   `changed-meanwhile` (they have signed in already)
 */
export async function nameEmail(
  deps: EmailDeps & Pick<Core, 'store'>,
  actor: Actor,
  memberId: MemberId,
  email: string | null,
): Promise<void> {
  await deps.store.transaction((statements) => nameEmailIn(deps, statements, actor, memberId, email));
}

/**
 * The same in a transaction of the caller.
 *
 * @throws Failure as `nameEmail`
 */
export async function nameEmailIn(
  { audit, config, now }: EmailDeps,
  statements: Statements,
  actor: Actor,
  memberId: MemberId,
  email: string | null,
): Promise<void> {
  if (config.sso === null) throw new Failure('sign-in-off');
  if (email !== null && !config.sso.domains.includes(email.slice(email.indexOf('@') + 1))) {
    throw new Failure('request-invalid', { fields: ['email'] });
  }
  if (!(await isMember(statements, memberId))) throw new Failure('not-found');
  // In this order: somebody who signs in with the address of before at the same instant is waited for, and then seen.
  await deleteNamed(statements, memberId);
  if ((await accountOf(statements, memberId)).hasSignedIn) throw new Failure('changed-meanwhile');
  if (email !== null) {
    // And so somebody who signs in with this one.
    const isNamed = await insertNamed(statements, { memberId, email }, now());
    if (!isNamed || (await isEmailElsewhere(statements, { memberId, email })))
      throw new Failure('address-taken');
  }
  await audit.recordIn(statements, { event: 'email_named', ...actor, memberId });
}
