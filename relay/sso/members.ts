import { Failure } from '../../shared/failure.ts';
import { MemberId } from '../../shared/ids.ts';
import type { AuditLog, AuditSubject, Actor } from '../audit.ts';
import { newId } from '../keys/random.ts';
import { keepOneAdmin } from '../people/members.ts';
import type { Driver, Statements } from '../store/driver.ts';
import {
  claimNamed,
  deleteNamed,
  findIdentity,
  forgetRemoved,
  insertIdentity,
  insertNamed,
  setEmail,
  type Identity,
} from '../store/identities.ts';
import { findMember, insertMember, updateMember, type StoredMember } from '../store/members.ts';
import type { SignedIn } from './claims.ts';

/**
 * The member that whoever signed in is, in a transaction: the first time the one whose address an administrator has named,
 * or else a new one; role and groups follow what the identity provider says now, where the settings say so. The last
 * administrator stays one whatever it says.
 *
 * A known account is never asked for its address: whoever was removed, or is another member, does not become this one by
 * being given it.
 *
 * @throws Failure `sign-in-refused` where somebody like this was removed
 */
export async function memberOf(
  statements: Statements,
  audit: AuditLog,
  signedIn: SignedIn,
  nowMs: number,
  subject: AuditSubject,
): Promise<StoredMember> {
  const identity =
    (await findIdentity(statements, signedIn)) ?? (await joinNamed(statements, audit, signedIn, subject));
  if (identity === null) return join(statements, audit, signedIn, nowMs, subject);
  // In this order: `lockOut` takes the account away from its member, so one of the two waits here for the other.
  const { memberId } = identity;
  const isTheirs = memberId !== null && (await setEmail(statements, { ...signedIn, memberId }));
  const member = isTheirs ? await findMember(statements, memberId) : null;
  if (member === null) throw new Failure('sign-in-refused');
  const groups = signedIn.groups ?? member.groups;
  const role = await roleOf(statements, member, signedIn);
  if (role === member.role && JSON.stringify(groups) === JSON.stringify(member.groups)) return member;
  const changed = { ...member, role, groups };
  await updateMember(statements, changed);
  const event = role === member.role ? 'member_changed' : 'role_given';
  await audit.recordIn(statements, { event, ...subject, memberId: member.id });
  return changed;
}

/** Gives the account to the member for whom its address was named; null where it was for nobody. */
async function joinNamed(
  statements: Statements,
  audit: AuditLog,
  signedIn: SignedIn,
  subject: AuditSubject,
): Promise<Pick<Identity, 'memberId'> | null> {
  const memberId = await claimNamed(statements, signedIn);
  if (memberId === null) return null;
  await audit.recordIn(statements, { event: 'identity_joined', ...subject, memberId });
  return { memberId };
}

async function join(
  statements: Statements,
  audit: AuditLog,
  { role, groups, name, ...identity }: SignedIn,
  nowMs: number,
  subject: AuditSubject,
): Promise<StoredMember> {
  const id = MemberId.parse(newId('mem'));
  const member = { id, name, role: role ?? 'member', groups: groups ?? [], createdAtMs: nowMs };
  await insertMember(statements, member);
  const kept = { ...identity, memberId: id };
  // Whoever names this address for somebody else at this instant is met here, one way or the other.
  const isFree = await insertNamed(statements, kept, nowMs);
  // Two windows of one person: the other has made them a member meanwhile.
  if (!isFree || !(await insertIdentity(statements, kept, nowMs))) throw new Failure('flow-used');
  await deleteNamed(statements, id);
  await audit.recordIn(statements, { event: 'member_joined', ...subject, memberId: id });
  return member;
}

async function roleOf(
  statements: Statements,
  { id, role: before }: StoredMember,
  { role }: SignedIn,
): Promise<StoredMember['role']> {
  if (role === null || role === before || before !== 'admin') return role ?? before;
  try {
    await keepOneAdmin(statements, id);
    return role;
  } catch (error) {
    if (error instanceof Failure && error.code === 'last-admin') return before;
    throw error;
  }
}

/**
 * Lets whoever was removed and had this address come back by signing in, as a new member.
 *
 * @returns whether there was anybody
 */
export async function allowReturn(
  { store, audit }: { store: Driver; audit: AuditLog },
  actor: Actor,
  email: string,
): Promise<boolean> {
  return store.transaction(async (statements) => {
    const isForgotten = (await forgetRemoved(statements, email.trim().toLowerCase())) > 0;
    if (isForgotten) await audit.recordIn(statements, { event: 'return_allowed', ...actor });
    return isForgotten;
  });
}
