import { createSession } from '../../shared/api/sessions.ts';
import { Failure } from '../../shared/failure.ts';
import { serve } from '../http/endpoint.ts';
import type { RelayApp } from '../http/env.ts';
import { digest, newToken } from '../keys/random.ts';
import { openSession } from '../store/sessions.ts';

/** Opens sessions for enrolled keys. */
export function serveSessions(app: RelayApp): void {
  serve(app, createSession, async ({ caller, deps, requestId }) => {
    const { sessions } = deps.config;
    const sessionToken = `ses_${newToken()}`;
    const expiresAtMs = deps.now() + sessions.lifetimeMs;
    const installation = await openSession(
      deps.store,
      { tokenHash: digest(sessionToken), thumbprint: caller.thumbprint, expiresAtMs },
      sessions,
      deps.now(),
    );
    if (installation === null) throw new Failure('not-enrolled');
    const { installationId, memberId, memberName, misusedAtMs } = installation;
    await deps.audit.record({ event: 'session_opened', requestId, installationId, memberId });
    return { sessionToken, expiresAtMs, installationId, memberName, misusedAtMs };
  });
}
