import type { Context } from 'hono';
import { routePath } from 'hono/route';
import { checkVatNumber } from '../../shared/api/vat-numbers.ts';
import { Failure } from '../../shared/failure.ts';
import type { Deps } from '../deps.ts';
import { NotAllowed } from '../failures/not-allowed.ts';
import { createRecentSet } from './recent-set.ts';
import type { RelayEnv } from './env.ts';
import { logFailure } from './failure-log.ts';

/** Writes into the audit log that somebody tried what roles or the policy refuse them; any other failure is none of it. */
export type NotePolicyRefusal = (c: Context<RelayEnv>, error: unknown) => Promise<void>;

/** For how long the same refusal of the same browser is not written down again, in milliseconds. */
const onceEveryMs = 3_600_000;

/** How many refusals are remembered; one forgotten early only stands in the log once more. */
const rememberedMax = 10_000;

/** Creates what both onErrors of one relay use. A refusal stays what it is where it cannot be written down. */
export function createPolicyRefusals(deps: Pick<Deps, 'audit' | 'log' | 'now'>): NotePolicyRefusal {
  const recent = createRecentSet(rememberedMax);
  return async (c, error) => {
    if (!(error instanceof Failure) || !['blocked-by-admin', 'not-admin'].includes(error.code)) return;
    const { memberId, installationId } = c.get('caller') ?? {};
    // Of the handler that has thrown: the last that fits is for the whole console the same.
    const route = routePath(c);
    // Who asks for which VAT number is nobody's business; and that question is off for all, or for none.
    if (memberId === undefined || route === checkVatNumber.path) return;
    const hour = Math.floor(deps.now() / onceEveryMs);
    const { connectionId, providerId, actionId } = error instanceof NotAllowed ? error.about : {};
    const call = [c.req.method, route, error.code, connectionId, providerId, actionId];
    const refusal = [memberId, installationId, ...call, hour].join(' ');
    if (recent.has(refusal)) return;
    const requestId = c.get('requestId');
    const entry = {
      event: 'policy_refused',
      outcome: 'refused',
      requestId,
      memberId,
      installationId,
      connectionId,
      providerId,
    } as const;
    try {
      await deps.audit.record(entry);
      recent.add(refusal);
    } catch (fault) {
      logFailure(deps, fault, requestId);
    }
  };
}
