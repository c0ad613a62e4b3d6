import { claimMs, claimWrite, settleWrite } from '../../shared/api/writes.ts';
import { actionIds, actionOf } from '../../shared/actions.ts';
import { Failure } from '../../shared/failure.ts';
import { allowsAction } from '../../shared/policy.ts';
import { serve } from '../http/endpoint.ts';
import type { RelayApp } from '../http/env.ts';
import { deleteClaimsBefore, endClaim, takeClaim } from '../store/writes.ts';

/** How long a claim stands after its write was made, in milliseconds: until the provider surely shows it to who looks. */
const shownMs = 5_000;

/** Keeps members of one team from making the same thing twice at a provider that would. */
export function serveWrites(app: RelayApp): void {
  serve(app, claimWrite, async ({ input, caller, deps }) => {
    const decision = await deps.policies.decide(caller);
    if (!actionIds.some((id) => actionOf(id).writes && allowsAction(decision, id))) {
      throw new Failure('blocked-by-admin');
    }
    const nowMs = deps.now();
    await deleteClaimsBefore(deps.store, nowMs - claimMs);
    const isTaken = await takeClaim(deps.store, input.key, caller.memberId, nowMs, nowMs + claimMs);
    return { status: isTaken ? ('yours' as const) : ('busy' as const) };
  });
  serve(app, settleWrite, async ({ input, caller, deps }) => {
    const untilMs = deps.now() + (input.made ? shownMs : 0);
    await endClaim(deps.store, input.key, caller.memberId, untilMs);
    return {};
  });
}
