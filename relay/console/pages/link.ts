import { Failure } from '../../../shared/failure.ts';
import type { MemberId } from '../../../shared/ids.ts';
import type { Deps } from '../../deps.ts';
import { openConsoleSession } from '../../sso/admin-session.ts';
import { findMember } from '../../store/members.ts';
import { drawOnce, spendOnce } from '../frame/one-time-token.ts';

/** How long a link into the console can be used, in milliseconds: it is opened by whoever has just asked for it. */
export const linkLifetimeMs = 5 * 60_000;

const purpose = 'link';

/**
 * Draws a link that lets its holder into the console as this member, once.
 *
 * @throws Failure `not-found` · `not-admin`
 */
export async function drawLink(
  { store, config, now }: Pick<Deps, 'store' | 'now'> & { config: Pick<Deps['config'], 'publicUrl'> },
  memberId: MemberId,
): Promise<{ link: string; expiresAtMs: number }> {
  const member = await findMember(store, memberId);
  if (member === null) throw new Failure('not-found');
  if (member.role === 'member') throw new Failure('not-admin');
  const nowMs = now();
  const secret = await drawOnce(store, { purpose, memberId, lifetimeMs: linkLifetimeMs }, nowMs);
  return { link: `${config.publicUrl}/admin/enter/${secret}`, expiresAtMs: nowMs + linkLifetimeMs };
}

/**
 * Opens a session for whoever has this link's secret, and uses it up.
 *
 * @throws Failure `invite-invalid` · `not-admin`
 */
export function enterByLink(
  deps: Pick<Deps, 'store' | 'audit' | 'config' | 'now'>,
  secret: string,
  requestId: string,
): Promise<{ token: string }> {
  return deps.store.transaction(async (statements) => {
    const memberId = await spendOnce(statements, purpose, secret, deps.now());
    const member = memberId === null ? null : await findMember(statements, memberId);
    if (member === null) throw new Failure('invite-invalid');
    return openConsoleSession(deps, statements, { memberId: member.id, role: member.role }, requestId);
  });
}
