import { z } from 'zod';
import { Failure } from '../../../shared/failure.ts';
import { InstallationId } from '../../../shared/ids.ts';
import { isRelayAllowed } from '../../../shared/view/managed.ts';
import { slot } from '../../storage.ts';
import { readManaged } from './managed.ts';

/** Which relay this installation belongs to. Not secret: what proves it is the key. */
export const installation = slot(
  'local',
  'installation',
  z.object({ relayOrigin: z.url(), installationId: InstallationId, memberName: z.string() }),
);

/**
 * Who this installation is; null before it is enrolled, and while the organisation wants another relay: then nothing is
 * sent to the old one.
 */
export async function readInstallation() {
  const joined = await installation.read();
  return joined !== null && isRelayAllowed(await readManaged(), joined.relayOrigin) ? joined : null;
}

/** A place in a team: where its relay is, and who this installation is there. */
export type Joined = NonNullable<Awaited<ReturnType<typeof readInstallation>>>;

/**
 * Refuses what a team says that was left meanwhile: it must not be kept as another's. In a change of what is the team's,
 * it holds until that is kept, or cleared.
 *
 * @throws Failure `not-enrolled`
 */
export async function requireStill(installationId: InstallationId | undefined): Promise<void> {
  if ((await installation.read())?.installationId !== installationId) throw new Failure('not-enrolled');
}
