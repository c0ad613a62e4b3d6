import { createManualConnection } from '../../shared/api/manual-connections.ts';
import { Failure } from '../../shared/failure.ts';
import { serve } from '../http/endpoint.ts';
import type { RelayApp } from '../http/env.ts';
import { checkManualToken } from '../connection/manual-token.ts';
import { keepReceived } from '../connection/keep-received.ts';
import { observeProvider } from '../observe/provider-call.ts';
import { allowedProvider } from '../policy/allowed.ts';
import { holdInstallation } from '../store/installations.ts';

/** Takes tokens that members made by hand. */
export function serveManualConnections(app: RelayApp): void {
  serve(app, createManualConnection, async ({ input, caller, deps, requestId }) => {
    const { providerId, forTeam = false } = input;
    const method = 'manual-token' as const;
    const configured = await allowedProvider(deps, { providerId, method, forTeam }, caller);
    const tokens = await observeProvider(deps, providerId, 'token-check', () =>
      checkManualToken(configured, input.token),
    );
    const { installationId, memberId } = caller;
    const subject = { requestId, installationId, memberId, providerId };
    const flow = { providerId, method, scopes: null, forTeam };
    const made = await keepReceived(deps, configured, { caller, flow, tokens, subject }, (statements) =>
      holdInstallation(statements, installationId),
    );
    // Removed meanwhile: as for every call of theirs from now on.
    if (made === null) throw new Failure('session-expired');
    return { connection: made.connection };
  });
}
