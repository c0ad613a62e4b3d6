import { Failure } from '../../shared/failure.ts';
import type { Decision } from '../../shared/policy.ts';
import type { AuditSubject } from '../audit.ts';
import type { Deps } from '../deps.ts';
import { pollDevice } from './device.ts';
import { makeConnection, type Made } from './new-connection.ts';
import { observeProvider } from '../observe.ts';
import { endDeviceFlow, listDuePolls, slowDown, takePoll, type DeviceFlow } from '../store/device-flows.ts';
import { findMember } from '../store/members.ts';
import type { Place } from '../keys/vault.ts';

/** What asking needs of the relay. */
export type PollDeps = Pick<
  Deps,
  'store' | 'vault' | 'audit' | 'config' | 'metrics' | 'traces' | 'log' | 'now'
>;

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
export const subjectOf = ({ id, installationId, memberId, providerId }: DeviceFlow): AuditSubject => ({
  flowId: id,
  installationId,
  memberId,
  providerId,
});

/**
 * Asks the provider once whether the member has decided, if it is time and nobody else does, and keeps what it says.
 *
 * @param decision what the policy says of the member, where somebody waits for the answer
 * @returns the connection where this call made it; null where the member has not decided or it is not time yet
 * @throws Failure `declined` · `flow-expired` (the attempt is over) · as `pollDevice` (it goes on)
 */
export async function pollOnce(deps: PollDeps, flow: DeviceFlow, decision?: Decision): Promise<Made | null> {
  const configured = deps.config.providers.get(flow.providerId);
  if (configured === undefined) throw new Failure('provider-misconfigured');
  if (flow.expiresAtMs <= deps.now()) return over(deps, flow, 'flow-expired');
  // Whoever began it for the team may be no administrator any more.
  const isBlocked = flow.forTeam && (await findMember(deps.store, flow.memberId))?.role !== 'admin';
  if (isBlocked) return over(deps, flow, 'declined');
  if (!(await takePoll(deps.store, flow, deps.now()))) return null;
  const deviceCode = deps.vault.open(codePlace(flow.id, 'device_code'), flow.deviceCode);
  const answer = await observeProvider(deps, flow.providerId, 'device-poll', () =>
    pollDevice(configured, deviceCode, flow.scopes, deps.now()),
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
  return deps.store.transaction(async (statements) => {
    // The provider spends a device code once; an attempt that was given up meanwhile makes no connection.
    if (!(await endDeviceFlow(statements, flow.id, 'connected'))) throw new Failure('flow-unknown');
    return makeConnection(deps, statements, {
      caller: flow,
      ...(decision === undefined ? {} : { decision }),
      flow: { ...flow, method: 'device-code' },
      tokens: answer,
      subject: subjectOf(flow),
    });
  });
}

async function over(deps: PollDeps, flow: DeviceFlow, code: 'declined' | 'flow-expired'): Promise<never> {
  if (await endDeviceFlow(deps.store, flow.id, code)) {
    await deps.audit.record({ event: 'flow_declined', outcome: 'refused', ...subjectOf(flow) });
  }
  throw new Failure(code);
}

/** Asks for every attempt whose time has come: nobody's popup need be open. */
export async function pollDue(deps: PollDeps): Promise<number> {
  const due = await listDuePolls(deps.store, deps.now(), batchSize);
  await Promise.all(
    due.map((flow) =>
      pollOnce(deps, flow).catch((error: unknown) => {
        const isOver =
          error instanceof Failure && ['declined', 'flow-expired', 'flow-unknown'].includes(error.code);
        if (!isOver)
          deps.log.info({ flowId: flow.id, err: error }, 'a provider could not be asked for a login');
      }),
    ),
  );
  return due.length;
}
