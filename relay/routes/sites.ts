import { listSites } from '../../shared/api/sites.ts';
import { teamSites } from '../../shared/policy.ts';
import { serve } from '../http/endpoint.ts';
import type { RelayApp } from '../http/env.ts';

/** Tells the extension on which sites the team works. */
export function serveSites(app: RelayApp): void {
  serve(app, listSites, async ({ caller, deps }) => {
    const decision = await deps.policies.decide(caller);
    return { sites: teamSites(decision, deps.config.sites).map((origin) => ({ origin })) };
  });
}
