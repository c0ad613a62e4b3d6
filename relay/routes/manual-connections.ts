import { createManualConnection } from '../../shared/api/manual-connections.ts';
import { serve, type RelayApp } from '../http/endpoint.ts';
import { checkManualToken } from '../connection/manual-token.ts';
import { makeConnection } from '../connection/new-connection.ts';
import { observeProvider } from '../observe.ts';
import { allowedProvider } from '../connection/allowed.ts';

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
    const { connection } = await deps.store.transaction((statements) =>
      makeConnection(deps, statements, { caller, flow, tokens, subject }),
    );
    return { connection };
  });
}
