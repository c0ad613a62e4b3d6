import type { Revocation } from '../../shared/api/connections.ts';
import type { Invite, MemberChange, MemberEntry, Removal } from '../../shared/api/members.ts';
import { Failure } from '../../shared/failure.ts';
import { MemberId, type InstallationId } from '../../shared/ids.ts';
import type { MemberRole } from '../../shared/member.ts';
import type { Core } from '../core.ts';
import { disconnect, type DisconnectDeps } from '../sharing/disconnect.ts';
import { newId } from '../keys/random.ts';
import { listConnectionsOf, type StoredConnection } from '../store/connections.ts';
import type { Statements } from '../store/driver.ts';
import { listEmails } from '../store/identities.ts';
import { countInvites } from '../store/invites.ts';
import { listConnectionsWithMembers } from '../store/listings.ts';
import * as members from '../store/members.ts';
import { listInstallations, removeInstallations as deleteInstallations } from '../store/installations.ts';
import type { Actor, AuditSubject } from '../audit.ts';
import { nameEmailIn, type EmailDeps } from './emails.ts';
import { drawInvite, type InviteDeps } from './invites.ts';

/** What changing people needs of the relay; commands have as much. */
export type PeopleDeps = InviteDeps & EmailDeps;

/** Everybody on the team, by name, with what is theirs. */
export async function listPeople({ store, now }: Pick<Core, 'store' | 'now'>): Promise<MemberEntry[]> {
  const [all, installations, connections, invites, emails] = await Promise.all([
    members.selectMembers(store),
    listInstallations(store),
    listConnectionsWithMembers(store),
    countInvites(store, now()),
    listEmails(store),
  ]);
  const installationsOf = Map.groupBy(installations, ({ memberId }) => memberId);
  const connectionsOf = Map.groupBy(connections, ({ memberId }) => memberId);
  return all.map(({ id, name, role, groups, createdAtMs }) => ({
    id,
    name,
    role,
    groups: [...groups],
    email: emails.get(id) ?? null,
    createdAtMs,
    invites: invites.get(id) ?? 0,
    installations: (installationsOf.get(id) ?? []).map(
      ({ installationId, name: called, browser, createdAtMs: at, lastUsedAtMs }) => ({
        id: installationId,
        name: called,
        browser,
        createdAtMs: at,
        lastUsedAtMs,
      }),
    ),
    connections: (connectionsOf.get(id) ?? []).map(
      ({ connectionId, providerId, status, method, createdAtMs: at }) => ({
        id: connectionId,
        providerId,
        status,
        method,
        createdAtMs: at,
      }),
    ),
  }));
}

/**
 * Adds a member, and draws the invite for their first installation.
 *
 * @throws Failure as `nameEmail`, where an address is given
 */
export async function addMember(
  deps: PeopleDeps,
  actor: Actor,
  {
    name,
    role = 'member',
    groups = [],
    email = null,
  }: { name: string; role?: MemberRole; groups?: readonly string[]; email?: string | null },
): Promise<{ memberId: MemberId; invite: Invite }> {
  const id = MemberId.parse(newId('mem'));
  const nowMs = deps.now();
  const { invite, keep } = await drawInvite(deps, nowMs);
  await deps.store.transaction(async (statements) => {
    await members.insertMember(statements, { id, name, role, groups, createdAtMs: nowMs });
    await keep(statements, id);
    await deps.audit.recordIn(statements, { event: 'member_invited', ...actor, memberId: id });
    if (email !== null) await nameEmailIn(deps, statements, actor, id, email);
  });
  return { memberId: id, invite };
}

/**
 * Draws an invite for a further installation of a member.
 *
 * @throws Failure `not-found`
 */
export async function inviteAgain(deps: PeopleDeps, actor: Actor, memberId: MemberId): Promise<Invite> {
  const { invite, keep } = await drawInvite(deps, deps.now());
  await deps.store.transaction(async (statements) => {
    if (!(await keep(statements, memberId))) throw new Failure('not-found');
    await deps.audit.recordIn(statements, { event: 'member_invited', ...actor, memberId });
  });
  return invite;
}

/**
 * Changes what is given of a member; it holds from their next call on.
 *
 * @throws Failure `not-found` · `last-admin`
 */
export async function editMember(
  { store, audit }: Pick<Core, 'store' | 'audit'>,
  actor: Actor,
  memberId: MemberId,
  change: MemberChange,
): Promise<void> {
  await store.transaction(async (statements) => {
    if (change.role !== undefined && change.role !== 'admin') await keepOneAdmin(statements, memberId);
    const before = await members.findMember(statements, memberId);
    if (before === null) throw new Failure('not-found');
    const { name = before.name, role = before.role, groups = before.groups } = change;
    await members.updateMember(statements, { id: memberId, name, role, groups });
    const event = role === before.role ? 'member_changed' : 'role_given';
    await audit.recordIn(statements, { event, ...actor, memberId });
  });
}

/**
 * Keeps a team from losing its last administrator; in a transaction that takes one away.
 *
 * @throws Failure `last-admin` where nobody else could change what holds for all
 */
export async function keepOneAdmin(statements: Statements, memberId: MemberId): Promise<void> {
  const admins = await members.lockAdmins(statements);
  if (admins.length === 1 && admins[0] === memberId) throw new Failure('last-admin');
}

/**
 * Removes a member with everything of theirs. From their next call on nothing lets them in, whether or not the rest is
 * done by then; tokens are erased and then taken back at the providers, whose answers are told as they are.
 *
 * @param end disconnects one connection: `endConnection` where there is a whole relay around
 * @throws Failure `not-found` · `last-admin`
 */
export async function expelMember(
  deps: DisconnectDeps,
  actor: Actor,
  memberId: MemberId,
  end: (stored: StoredConnection, subject: AuditSubject) => Promise<Revocation> = ({ id }, subject) =>
    disconnect(deps, id, memberId, subject),
): Promise<Removal> {
  const { store, audit } = deps;
  // Whoever cannot get in cannot connect anew while the connections are taken apart.
  const installations = await store.transaction(async (statements) => {
    await keepOneAdmin(statements, memberId);
    if (!(await members.isMember(statements, memberId))) throw new Failure('not-found');
    return noteRemoved(statements, { audit }, actor, await members.lockOut(statements, memberId));
  });
  const connections: Removal['connections'] = [];
  for (const stored of await listConnectionsOf(store, memberId)) {
    const { id, providerId } = stored;
    const revocation = await end(stored, { ...actor, memberId }).catch(ignoreGone);
    if (revocation !== null) connections.push({ id, providerId, revocation });
  }
  await store.transaction(async (statements) => {
    await keepOneAdmin(statements, memberId);
    if (!(await members.deleteMember(statements, memberId))) throw new Failure('not-found');
    await audit.recordIn(statements, { event: 'member_removed', ...actor, memberId });
  });
  return { installations: installations.length, connections };
}

/** Somebody else has disconnected it meanwhile: that is all that was wanted. */
function ignoreGone(error: unknown): null {
  if (error instanceof Failure && error.code === 'not-found') return null;
  throw error;
}

/**
 * Removes one installation, or all of a member's: their sessions are refused from the next call on.
 *
 * @param id of an installation (`ins_…`) or of a member (`mem_…`)
 * @returns the ids of the removed installations
 */
export function endInstallations(
  { store, audit }: Pick<Core, 'store' | 'audit'>,
  actor: Actor,
  id: InstallationId | MemberId | string,
): Promise<string[]> {
  return store.transaction(async (statements) =>
    noteRemoved(statements, { audit }, actor, await deleteInstallations(statements, id)),
  );
}

async function noteRemoved(
  statements: Statements,
  { audit }: Pick<Core, 'audit'>,
  actor: Actor,
  removed: Awaited<ReturnType<typeof deleteInstallations>>,
): Promise<string[]> {
  for (const { id: installationId, memberId } of removed) {
    await audit.recordIn(statements, { event: 'installation_removed', ...actor, installationId, memberId });
  }
  return removed.map(({ id: installationId }) => installationId);
}
