import { listSites } from '../../shared/api/sites.ts';
import { serve, type RelayApp } from '../http/endpoint.ts';

/** Tells the extension on which sites the team works. */
export function serveSites(app: RelayApp): void {
  serve(app, listSites, async ({ deps }) => ({ sites: deps.config.sites.map((origin) => ({ origin })) }));
}
