import {
  createDeviceFlow,
  deleteDeviceFlow,
  pollDeviceFlow,
  readDeviceFlow,
  type DeviceFlowView,
} from '../../shared/api/device-flows.ts';
import { Failure } from '../../shared/failure.ts';
import type { Decision } from '../../shared/policy.ts';
import { DeviceFlowId } from '../../shared/ids.ts';
import type { Deps } from '../deps.ts';
import { describeConnection } from '../connection/describe.ts';
import { requestDeviceCode } from '../connection/device.ts';
import { codePlace, pollOnce, auditSubjectOf } from '../connection/device-poll.ts';
import { serve } from '../http/endpoint.ts';
import type { RelayApp } from '../http/env.ts';
import { observeProvider } from '../observe/provider-call.ts';
import { allowedProvider } from '../policy/allowed.ts';
import { newId } from '../keys/random.ts';
import { findConnectionTo } from '../store/connections.ts';
import * as flows from '../store/device-flows.ts';
import { teamId } from '../store/members.ts';
import type { Installation } from '../store/installations.ts';

/** Begins, shows and ends attempts to connect with a code that the member types at the provider. */
export function serveDeviceFlows(app: RelayApp): void {
  serve(app, createDeviceFlow, async ({ input, caller, deps, requestId }) => {
    const { providerId, scopes, forTeam = false } = input;
    const wanted = { providerId, method: 'device-code' as const, scopes, forTeam };
    const configured = await allowedProvider(deps, wanted, caller);
    const device = await observeProvider(deps, providerId, 'device', () =>
      requestDeviceCode(configured, scopes),
    );
    const id = DeviceFlowId.parse(newId('dev'));
    const { installationId, memberId, thumbprint } = caller;
    const { userCode, verificationUri, verificationUriComplete, intervalSeconds } = device;
    const expiresAtMs = deps.now() + device.lifetimeSeconds * 1000;
    const flow = {
      id,
      installationId,
      thumbprint,
      providerId,
      scopes,
      forTeam,
      deviceCode: deps.vault.seal(codePlace(id, 'device_code'), device.deviceCode),
      userCode: deps.vault.seal(codePlace(id, 'user_code'), userCode),
      verificationUri,
      verificationUriComplete,
      intervalSeconds,
      pollAfterMs: deps.now() + intervalSeconds * 1000,
      expiresAtMs,
    };
    await deps.store.transaction(async (statements) => {
      await flows.insertDeviceFlow(statements, flow, deps.now());
      const subject = { requestId, flowId: id, installationId, memberId, providerId };
      await deps.audit.recordIn(statements, { event: 'flow_started', ...subject });
    });
    return { flowId: id, providerId, userCode, verificationUri, verificationUriComplete, expiresAtMs };
  });

  serve(app, readDeviceFlow, async ({ caller, deps }) => {
    const flow = await flows.findDeviceFlowOf(deps.store, caller.installationId);
    return { flow: flow === null || hasEnded(flow, deps) ? null : viewOf(flow, deps) };
  });

  serve(app, pollDeviceFlow, async ({ params, caller, deps }) => {
    const flow = await own(params.flowId, caller, deps);
    if (flow.outcome === 'connected') {
      const decision = await deps.policies.decide(caller);
      return { status: 'connected' as const, ...(await madeBy(flow, deps, decision)) };
    }
    if (flow.outcome !== 'pending') throw new Failure(flow.outcome);
    const made = await pollOnce(deps, flow);
    if (made !== null) return { status: 'connected' as const, ...made };
    const leftMs = Math.max(flow.pollAfterMs - deps.now(), 0);
    return {
      status: 'pending' as const,
      retryAfterSeconds: Math.ceil(leftMs / 1000) || flow.intervalSeconds,
    };
  });

  serve(app, deleteDeviceFlow, async ({ params, caller, deps }) => {
    await own(params.flowId, caller, deps);
    await flows.removeDeviceFlow(deps.store, params.flowId);
    return {};
  });
}

/** The attempt, if it was this key that began it. */
async function own(id: DeviceFlowId, caller: Installation, deps: Deps): Promise<flows.DeviceFlow> {
  const flow = await flows.findDeviceFlow(deps.store, id);
  if (flow === null) throw new Failure('flow-unknown');
  if (flow.thumbprint === caller.thumbprint) return flow;
  const { installationId, memberId } = caller;
  const subject = { ...auditSubjectOf(flow), installationId, memberId };
  await deps.audit.record({ event: 'key_mismatch', outcome: 'refused', ...subject });
  throw new Failure('key-mismatch');
}

const hasEnded = ({ outcome, expiresAtMs }: flows.DeviceFlow, deps: Deps): boolean =>
  outcome !== 'pending' || expiresAtMs <= deps.now();

function viewOf(flow: flows.DeviceFlow, { vault }: Deps): DeviceFlowView {
  const { id, providerId, verificationUri, verificationUriComplete, expiresAtMs } = flow;
  const userCode = vault.open(codePlace(id, 'user_code'), flow.userCode);
  return { flowId: id, providerId, userCode, verificationUri, verificationUriComplete, expiresAtMs };
}

/** The connection that the relay made by itself meanwhile; its token is asked for like any other. */
async function madeBy({ memberId, providerId, forTeam }: flows.DeviceFlow, deps: Deps, decision: Decision) {
  const connection = await findConnectionTo(deps.store, forTeam ? teamId : memberId, providerId);
  if (connection === null) throw new Failure('flow-unknown');
  return { connection: describeConnection(deps.config, connection, decision), grant: null };
}
