import * as api from '../../shared/api/policy.ts';
import { serve } from '../http/endpoint.ts';
import type { RelayApp } from '../http/env.ts';
import { updatePolicy, loadPolicy } from '../policy/policy.ts';

/** Lets administrators say who may do what, and auditors read it. */
export function servePolicy(app: RelayApp): void {
  serve(app, api.readPolicy, ({ deps }) => loadPolicy(deps.store));
  serve(app, api.changePolicy, ({ input, caller, deps, requestId }) =>
    updatePolicy(deps, { actorId: caller.memberId, requestId }, input),
  );
}
