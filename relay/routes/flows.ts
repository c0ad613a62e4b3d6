import { createFlow, exchangeFlow, flowLifetimeMs } from '../../shared/api/flows.ts';
import { Failure } from '../../shared/failure.ts';
import { FlowId } from '../../shared/ids.ts';
import { serve } from '../http/endpoint.ts';
import type { RelayApp } from '../http/env.ts';
import { openHandle, sealVerifier, verifierOf } from '../connection/handle.ts';
import { keepReceived } from '../connection/keep-received.ts';
import { exchangeCode } from '../provider/oauth.ts';
import { observeProvider } from '../observe/provider-call.ts';
import { allowedProvider } from '../policy/allowed.ts';
import { digest, newId, newToken } from '../keys/random.ts';
import { closeFlow, findFlow, insertFlow, type Flow } from '../store/flows.ts';
import { holdInstallation } from '../store/installations.ts';

/** Begins and ends attempts to connect. The browser's own hops between the two are in `connect.ts`. */
export function serveFlows(app: RelayApp): void {
  serve(app, createFlow, async ({ input, caller, deps, requestId }) => {
    const { providerId, scopes, forTeam = false } = input;
    const wanted = { providerId, method: 'authorization-code' as const, scopes, forTeam };
    const configured = await allowedProvider(deps, wanted, caller);
    const id = FlowId.parse(newId('flw'));
    const flow: Flow = {
      id,
      installationId: caller.installationId,
      thumbprint: caller.thumbprint,
      providerId,
      scopes,
      forTeam,
      state: newToken(),
      codeChallenge: input.codeChallenge,
      providerVerifier: configured.provider.pkce ? sealVerifier(deps.vault, id, newToken()) : null,
      redirectKind: input.redirectKind,
      status: 'open',
      expiresAtMs: deps.now() + flowLifetimeMs,
    };
    if (!(await insertFlow(deps.store, flow, deps.now()))) {
      throw new Failure('request-invalid', { fields: ['codeChallenge'] });
    }
    await deps.audit.record({ event: 'flow_started', ...subjectOf(flow, requestId) });
    return {
      flowId: id,
      startUrl: `${deps.config.publicUrl}/connect/${id}`,
      state: flow.state,
      expiresAtMs: flow.expiresAtMs,
    };
  });

  serve(app, exchangeFlow, async ({ params, input, caller, deps, requestId }) => {
    const flow = await findFlow(deps.store, params.flowId);
    if (flow === null) throw new Failure('flow-unknown');
    const subject = { ...subjectOf(flow, requestId), memberId: caller.memberId };
    // Whoever finishes must be who started: RFC 9700 §4.7 and the reason for the whole bounce.
    if (flow.thumbprint !== caller.thumbprint || digest(input.codeVerifier) !== flow.codeChallenge) {
      await closeFlow(deps.store, flow.id, 'burned');
      await deps.audit.record({ event: 'key_mismatch', outcome: 'refused', ...subject });
      throw new Failure('key-mismatch');
    }
    if (flow.expiresAtMs <= deps.now()) throw new Failure('flow-expired');
    const answer = openHandle(deps.vault, flow, input.handle);
    if (answer === null) {
      await deps.audit.record({ event: 'handle_refused', outcome: 'refused', ...subject });
      throw new Failure('response-mismatch');
    }
    // Again: what is allowed may have changed while the member was at the provider.
    const wanted = { ...flow, method: 'authorization-code' as const };
    const configured = await allowedProvider(deps, wanted, caller);
    if (!(await closeFlow(deps.store, flow.id, 'used'))) throw new Failure('flow-used');

    const verifier = verifierOf(deps.vault, flow);
    const tokens = await observeProvider(deps, flow.providerId, 'exchange', () =>
      exchangeCode(configured, { ...answer, state: flow.state, verifier }, flow.scopes, deps.now()),
    ).catch(async (error: unknown) => {
      await deps.audit.record({ event: 'exchange_refused', outcome: 'refused', ...subject });
      throw error;
    });

    const decision = await deps.policies.decide(caller);
    const made = await keepReceived(
      deps,
      configured,
      { caller, decision, flow: wanted, tokens, subject },
      (statements) => holdInstallation(statements, caller.installationId),
    );
    // Removed meanwhile: as for every call of theirs from now on.
    if (made === null) throw new Failure('session-expired');
    return made;
  });
}

const subjectOf = (flow: Flow, requestId: string) => ({
  requestId,
  flowId: flow.id,
  installationId: flow.installationId,
  providerId: flow.providerId,
});
