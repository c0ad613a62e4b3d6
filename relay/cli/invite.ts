import { MemberId } from '../../shared/ids.ts';
import { Failure } from '../../shared/failure.ts';
import { operator } from '../people/actor.ts';
import { addMember, inviteAgain, type PeopleDeps } from '../people/members.ts';

type InviteDeps = Omit<PeopleDeps, 'now'>;

/**
 * Makes a one-time invite for a further installation of a member.
 *
 * @returns the link to hand over; null where there is no such member
 */
export async function inviteInstallation(
  deps: InviteDeps,
  memberId: string,
  nowMs: number,
): Promise<string | null> {
  const id = MemberId.safeParse(memberId).data;
  if (id === undefined) return null;
  try {
    return (await inviteAgain({ ...deps, now: () => nowMs }, operator, id)).link;
  } catch (error) {
    if (error instanceof Failure && error.code === 'not-found') return null;
    throw error;
  }
}

/**
 * Adds a member and makes the one-time invite for their first installation.
 *
 * @param email of the work account with which they may sign in, too
 * @returns the link to hand over; its secret stands in the fragment, which no server sees, and is stored as a digest
 */
export async function inviteMember(
  deps: InviteDeps,
  name: string,
  nowMs: number,
  email: string | null = null,
): Promise<string> {
  const { invite } = await addMember({ ...deps, now: () => nowMs }, operator, { name, email });
  return invite.link;
}
