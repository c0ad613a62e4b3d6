import { createSession } from '../../shared/api/sessions.ts';
import { Failure } from '../../shared/failure.ts';
import { serve, type RelayApp } from '../endpoint.ts';
import { digest, newToken } from '../random.ts';
import { findInstallation, insertSession } from '../store/members.ts';

/** How long a session lasts, in milliseconds. The extension opens the next one by itself. */
const sessionLifetimeMs = 60 * 60_000;

/** Opens sessions for enrolled keys. */
export function serveSessions(app: RelayApp): void {
  serve(app, createSession, async ({ caller, deps }) => {
    const installation = await findInstallation(deps.store, caller.thumbprint);
    if (installation === null) throw new Failure('not-enrolled');
    const sessionToken = `ses_${newToken()}`;
    const expiresAtMs = deps.now() + sessionLifetimeMs;
    const { installationId, memberName } = installation;
    await insertSession(
      deps.store,
      { tokenHash: digest(sessionToken), installationId, expiresAtMs },
      deps.now(),
    );
    return { sessionToken, expiresAtMs, installationId, memberName };
  });
}
