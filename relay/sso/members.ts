import { Failure } from '../../shared/failure.ts';
import { MemberId } from '../../shared/ids.ts';
import type { AuditLog, AuditSubject } from '../audit.ts';
import { newId } from '../keys/random.ts';
import type { Actor } from '../people/actor.ts';
import { keepOneAdmin } from '../people/members.ts';
import type { Driver, Statements } from '../store/driver.ts';
import { findIdentity, forgetRemoved, insertIdentity, setEmail } from '../store/identities.ts';
import { findMember, insertMember, updateMember, type StoredMember } from '../store/members.ts';
import type { SignedIn } from './claims.ts';

/**
 * The member that whoever signed in is, in a transaction: a new one the first time; role and groups follow what the
 * identity provider says now, where the settings say so. The last administrator stays one whatever it says.
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
  const identity = await findIdentity(statements, signedIn);
  if (identity === null) return join(statements, audit, signedIn, nowMs, subject);
  const member = identity.memberId === null ? null : await findMember(statements, identity.memberId);
  if (member === null) throw new Failure('sign-in-refused');
  await setEmail(statements, signedIn);
  const groups = signedIn.groups ?? member.groups;
  const role = await roleOf(statements, member, signedIn);
  if (role === member.role && JSON.stringify(groups) === JSON.stringify(member.groups)) return member;
  const changed = { ...member, role, groups };
  await updateMember(statements, changed);
  const event = role === member.role ? 'member_changed' : 'role_given';
  await audit.recordIn(statements, { event, ...subject, memberId: member.id });
  return changed;
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
  // Two windows of one person: the other has made them a member meanwhile.
  if (!(await insertIdentity(statements, { ...identity, memberId: id }, nowMs))) {
    throw new Failure('flow-used');
  }
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
