import { Failure } from '../../shared/failure.ts';
import type { AuditSubject } from '../audit.ts';
import type { Core } from '../core.ts';
import type { PolicyBook } from '../policy/policy.ts';
import { requestDeviceToken } from './device.ts';
import { keepReceived } from './keep-received.ts';
import type { Made } from './new-connection.ts';
import { observeProvider } from '../observe/provider-call.ts';
import { allowedProvider } from '../policy/allowed.ts';
import {
  endDeviceFlow,
  listDuePolls,
  slowDown,
  takePoll,
  type DeviceFlow,
  type DeviceOutcome,
} from '../store/device-flows.ts';
import { findInstallation } from '../store/installations.ts';
import type { Place } from '../keys/vault.ts';

/** The core with the policy, which may have changed since the attempt began. */
export type PollDeps = Core & { policies: PolicyBook };

/** What RFC 8628 §3.5 adds to the interval when the provider wants to be asked more slowly, in seconds. */
const slowDownSeconds = 5;

/** How many attempts are looked at in one round. */
const batchSize = 50;

/** Where the sealed codes of an attempt stand. */
export const codePlace = (id: DeviceFlow['id'], column: 'device_code' | 'user_code'): Place => ({
  table: 'device_flows',
  row: id,
  column,
  owner: [],
});

/** Who and what an attempt is about, for the audit log. */
export const auditSubjectOf = ({ id, installationId, memberId, providerId }: DeviceFlow): AuditSubject => ({
  flowId: id,
  installationId,
  memberId,
  providerId,
});

/**
 * Asks the provider once whether the member has decided, if it is time and nobody else does, and keeps what it says.
 *
 * @returns the connection where this call made it; null where the member has not decided or it is not time yet
 * @throws Failure `declined` · `flow-expired` · `blocked-by-admin` · `not-admin` (the attempt is over) · as `offered` and
 *   `pollDevice` (it goes on)
 */
export async function pollOnce(deps: PollDeps, flow: DeviceFlow): Promise<Made | null> {
  if (flow.expiresAtMs <= deps.now()) return over(deps, flow, 'flow-expired');
  const caller = await findInstallation(deps.store, flow.thumbprint);
  if (caller === null) throw new Failure('flow-unknown');
  // Again, each time: what is allowed may change while the member is at the provider.
  const wanted = { ...flow, method: 'device-code' as const };
  const configured = await allowedProvider(deps, wanted, caller).catch((error: unknown) =>
    error instanceof Failure && (error.code === 'blocked-by-admin' || error.code === 'not-admin')
      ? over(deps, flow, error.code, error)
      : Promise.reject(error),
  );
  if (!(await takePoll(deps.store, flow, deps.now()))) return null;
  const deviceCode = deps.vault.open(codePlace(flow.id, 'device_code'), flow.deviceCode);
  const answer = await observeProvider(deps, flow.providerId, 'device-poll', () =>
    requestDeviceToken(configured, deviceCode, flow.scopes, deps.now()),
  ).catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error;
    const { code } = error;
    return code === 'declined' || code === 'flow-expired' ? over(deps, flow, code) : Promise.reject(error);
  });
  if (answer === null || answer === 'pending') return null;
  if (answer === 'slow-down') {
    await slowDown(deps.store, flow.id, flow.intervalSeconds + slowDownSeconds, deps.now());
    return null;
  }
  const decision = await deps.policies.decide(caller);
  const received = { caller, decision, flow: wanted, tokens: answer, subject: auditSubjectOf(flow) };
  // The provider spends a device code once; an attempt that was given up meanwhile makes no connection.
  const made = await keepReceived(deps, configured, received, (statements) =>
    endDeviceFlow(statements, flow.id, 'connected'),
  );
  if (made === null) throw new Failure('flow-unknown');
  return made;
}

async function over(
  deps: PollDeps,
  flow: DeviceFlow,
  outcome: Exclude<DeviceOutcome, 'pending' | 'connected'>,
  failure = new Failure(outcome),
): Promise<never> {
  if (await endDeviceFlow(deps.store, flow.id, outcome)) {
    await deps.audit.record({ event: 'flow_declined', outcome: 'refused', ...auditSubjectOf(flow) });
  }
  throw failure;
}

/** Refusals that end an attempt: there is nothing to say of them that is not written down already. */
const endings = new Set(['declined', 'flow-expired', 'flow-unknown', 'blocked-by-admin', 'not-admin']);

/** Asks for every attempt whose time has come: nobody's popup need be open. */
export async function pollDue(deps: PollDeps): Promise<number> {
  const due = await listDuePolls(deps.store, deps.now(), batchSize);
  await Promise.all(
    due.map((flow) =>
      pollOnce(deps, flow).catch((error: unknown) => {
        const isOver = error instanceof Failure && endings.has(error.code);
        if (!isOver)
          deps.log.info({ flowId: flow.id, err: error }, 'a provider could not be asked for a login');
      }),
    ),
  );
  return due.length;
}
