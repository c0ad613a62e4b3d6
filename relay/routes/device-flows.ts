import { createDeviceFlow, pollDeviceFlow } from '../../shared/api/device-flows.ts';
import { Failure } from '../../shared/failure.ts';
import { DeviceFlowId } from '../../shared/ids.ts';
import { unknownScopes } from '../../shared/scopes.ts';
import { pollDevice, startDevice } from '../device.ts';
import { serve, type RelayApp } from '../endpoint.ts';
import { makeConnection } from '../new-connection.ts';
import { observeProvider } from '../observe.ts';
import { newId } from '../random.ts';
import {
  deleteDeviceFlow,
  findDeviceFlow,
  insertDeviceFlow,
  slowDown,
  takePoll,
} from '../store/device-flows.ts';
import type { Place } from '../vault.ts';

/** What RFC 8628 §3.5 adds to the interval when the provider wants to be asked more slowly, in seconds. */
const slowDownSeconds = 5;

const codePlace = (id: DeviceFlowId): Place => ({
  table: 'device_flows',
  row: id,
  column: 'device_code',
  owner: [],
});

/** Begins and ends attempts to connect with a code that the member types at the provider. */
export function serveDeviceFlows(app: RelayApp): void {
  serve(app, createDeviceFlow, async ({ input, caller, deps, requestId }) => {
    const configured = deps.config.providers.get(input.providerId);
    if (configured === undefined || configured.provider.deviceAuthorizationEndpoint === null) {
      throw new Failure('not-found');
    }
    if (unknownScopes(configured.provider, input.scopes).length > 0) {
      throw new Failure('request-invalid', { fields: ['scopes'] });
    }
    const device = await observeProvider(deps, input.providerId, 'device', () =>
      startDevice(configured, input.scopes),
    );
    const id = DeviceFlowId.parse(newId('dev'));
    const { installationId, memberId, thumbprint } = caller;
    const { intervalSeconds } = device;
    const expiresAtMs = deps.now() + device.lifetimeSeconds * 1000;
    await insertDeviceFlow(
      deps.store,
      {
        id,
        installationId,
        thumbprint,
        providerId: input.providerId,
        scopes: input.scopes,
        deviceCode: deps.vault.seal(codePlace(id), device.deviceCode),
        intervalSeconds,
        pollAfterMs: deps.now() + intervalSeconds * 1000,
        expiresAtMs,
      },
      deps.now(),
    );
    const subject = { requestId, flowId: id, installationId, memberId, providerId: input.providerId };
    await deps.audit.record({ event: 'flow_started', ...subject });
    const { userCode, verificationUri, verificationUriComplete } = device;
    return { flowId: id, userCode, verificationUri, verificationUriComplete, intervalSeconds, expiresAtMs };
  });

  serve(app, pollDeviceFlow, async ({ params, caller, deps, requestId }) => {
    const flow = await findDeviceFlow(deps.store, params.flowId);
    if (flow === null) throw new Failure('flow-unknown');
    const { installationId, memberId } = caller;
    const subject = { requestId, flowId: flow.id, installationId, memberId, providerId: flow.providerId };
    if (flow.thumbprint !== caller.thumbprint) {
      await deps.audit.record({ event: 'key_mismatch', outcome: 'refused', ...subject });
      throw new Failure('key-mismatch');
    }
    if (flow.expiresAtMs <= deps.now()) throw new Failure('flow-expired');
    const configured = deps.config.providers.get(flow.providerId);
    if (configured === undefined) throw new Failure('provider-misconfigured');
    if (!(await takePoll(deps.store, flow, deps.now()))) {
      const leftMs = Math.max(flow.pollAfterMs - deps.now(), 0);
      return {
        status: 'pending' as const,
        retryAfterSeconds: Math.ceil(leftMs / 1000) || flow.intervalSeconds,
      };
    }
    const deviceCode = deps.vault.open(codePlace(flow.id), flow.deviceCode);
    const answer = await observeProvider(deps, flow.providerId, 'device-poll', () =>
      pollDevice(configured, deviceCode, flow.scopes, deps.now()),
    ).catch(async (error: unknown) => {
      const hasEnded = error instanceof Failure && ['declined', 'flow-expired'].includes(error.code);
      if (hasEnded) {
        await deleteDeviceFlow(deps.store, flow.id);
        await deps.audit.record({ event: 'flow_declined', outcome: 'refused', ...subject });
      }
      throw error;
    });
    if (answer === 'pending' || answer === 'slow-down') {
      const seconds = flow.intervalSeconds + (answer === 'slow-down' ? slowDownSeconds : 0);
      if (answer === 'slow-down') await slowDown(deps.store, flow.id, seconds, deps.now());
      return { status: 'pending' as const, retryAfterSeconds: seconds };
    }
    return deps.store.transaction(async (statements) => {
      // The provider spends a device code once; of two answers that both say so only one makes the connection.
      if (!(await deleteDeviceFlow(statements, flow.id))) throw new Failure('flow-used');
      const made = await makeConnection(deps, statements, { caller, flow, tokens: answer, subject });
      return { status: 'connected' as const, ...made };
    });
  });
}
