import type { Context } from 'hono';
import { FlowId } from '../../shared/ids.ts';
import type { AuditEvent } from '../audit.ts';
import type { Deps } from '../deps.ts';
import type { RelayApp, RelayEnv } from '../http/env.ts';
import { sealHandle, verifierOf } from '../connection/handle.ts';
import { authorizationUrl } from '../provider/oauth.ts';
import { deadEnd, knownError, readCallback, redirect } from '../http/callback.ts';
import { connectedPage, pagePolicy } from '../http/page.ts';
import { digest } from '../keys/random.ts';
import { deleteFlow, findFlow, findFlowByState, type Flow } from '../store/flows.ts';

/**
 * The browser's hops of the connect flow: to the provider, and back to the browser that began.
 *
 * Both are idempotent (Firefox makes them twice) and have no effect on the flow: it ends only in the signed exchange.
 * Where they lead comes from the flow's row and the configuration, never from the request.
 */
export function serveConnect(app: RelayApp): void {
  app.get('/connect/:flowId', async (c) => {
    const { deps, address } = c.var;
    deps.limits.take('anonymous', address);
    const id = FlowId.safeParse(c.req.param('flowId'));
    const flow = id.success ? await findFlow(deps.store, id.data) : null;
    if (flow === null || !isOpen(flow, deps)) return deadEnd(c);
    const configured = deps.config.providers.get(flow.providerId);
    if (configured === undefined) return deadEnd(c);
    const verifier = verifierOf(deps.vault, flow);
    const codeChallenge = verifier === null ? null : digest(verifier);
    return redirect(c, authorizationUrl(configured, { ...flow, codeChallenge }));
  });

  // Where a browser without a redirect URL of its own ends: the extension, which watches its tab, has the address by then.
  app.get('/connected', (c) => c.html(connectedPage, 200, { 'Content-Security-Policy': pagePolicy }));

  app.get('/callback/:provider', async (c) => {
    const { deps, requestId, address } = c.var;
    deps.limits.take('anonymous', address);
    const provider = deps.config.providers.get(c.req.param('provider'))?.provider;
    const query = readCallback(c.req.url);
    if (provider === undefined || query === null) return deadEnd(c);

    const flow = await findFlowByState(deps.store, query.state);
    const note = (event: AuditEvent, outcome: 'done' | 'refused' = 'refused'): Promise<void> =>
      deps.audit.record({
        event,
        outcome,
        requestId,
        providerId: provider.id,
        flowId: flow?.id,
        installationId: flow?.installationId,
      });
    if (flow === null) {
      await note('state_unknown');
      return deadEnd(c);
    }
    if (!isOpen(flow, deps)) {
      await note('state_expired');
      if (flow.expiresAtMs <= deps.now()) await deleteFlow(deps.store, flow.id);
      return deadEnd(c);
    }
    // Mix-up defence: one callback path per provider, and `iss` exactly as the provider is known to send it.
    if (flow.providerId !== provider.id || (query.iss ?? null) !== provider.issuer) {
      await note('mix_up');
      return bounce(c, flow, { error: 'server_error' });
    }
    if ('error' in query) {
      const error = knownError(query.error);
      await note('flow_declined', error === 'access_denied' ? 'done' : 'refused');
      return bounce(c, flow, { error });
    }
    const handle = sealHandle(deps.vault, flow, { code: query.code, issuer: query.iss ?? null });
    return bounce(c, flow, { handle });
  });
}

const isOpen = (flow: Flow, deps: Deps): boolean => flow.status === 'open' && flow.expiresAtMs > deps.now();

function bounce(c: Context<RelayEnv>, flow: Flow, answer: { handle: string } | { error: string }): Response {
  const target = c.var.deps.config.redirectTargets[flow.redirectKind];
  return redirect(c, `${target}?${new URLSearchParams({ state: flow.state, ...answer }).toString()}`);
}
