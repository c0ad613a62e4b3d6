import { MemberId } from '../../shared/ids.ts';
import type { AuditLog } from '../audit.ts';
import type { Config } from '../config.ts';
import { digest, newId } from '../keys/random.ts';
import type { Driver } from '../store/driver.ts';
import { insertInvite, insertInvitedMember } from '../store/members.ts';

/** How long an invite can be used, in milliseconds. */
const inviteLifetimeMs = 7 * 86_400_000;

interface InviteDeps {
  store: Driver;
  audit: AuditLog;
  config: Pick<Config, 'publicUrl'>;
}

/**
 * Makes a one-time invite for a further installation of a member.
 *
 * @returns the link to hand over; null where there is no such member
 */
export async function inviteInstallation(
  { store, audit, config }: InviteDeps,
  memberId: string,
  nowMs: number,
): Promise<string | null> {
  const code = newId('inv');
  const invite = { codeHash: digest(code), expiresAtMs: nowMs + inviteLifetimeMs };
  if (!(await insertInvite(store, memberId, invite, nowMs))) return null;
  await audit.record({ event: 'member_invited', memberId });
  return `${config.publicUrl}/#${code}`;
}

/**
 * Adds a member and makes the one-time invite for their first installation.
 *
 * @returns the link to hand over; its secret stands in the fragment, which no server sees, and is stored as a digest
 */
export async function inviteMember(
  { store, audit, config }: InviteDeps,
  name: string,
  nowMs: number,
): Promise<string> {
  const code = newId('inv');
  const memberId = MemberId.parse(newId('mem'));
  await insertInvitedMember(
    store,
    { id: memberId, name, createdAtMs: nowMs },
    { codeHash: digest(code), expiresAtMs: nowMs + inviteLifetimeMs },
  );
  await audit.record({ event: 'member_invited', memberId });
  return `${config.publicUrl}/#${code}`;
}
