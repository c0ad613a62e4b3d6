import { readAudit } from '../../shared/api/audit.ts';
import { serve } from '../http/endpoint.ts';
import type { RelayApp } from '../http/env.ts';
import { findEntries } from '../store/audit.ts';

/** Lets administrators and auditors read the audit log; the hashes that chain it stay here. */
export function serveAudit(app: RelayApp): void {
  serve(app, readAudit, async ({ input, deps }) => ({ entries: await findEntries(deps.store, input) }));
}
