import { RedirectKind } from '../../shared/api/flows.ts';
import { FlowId, InstallationId } from '../../shared/ids.ts';
import type { Statements } from './driver.ts';

/** One attempt to connect, as kept between its creation and its exchange. */
export interface Flow {
  id: FlowId;
  installationId: InstallationId;
  /** Thumbprint of the key that created it; only that key may finish it. */
  thumbprint: string;
  providerId: string;
  scopes: string[];
  /** The connection is to be the team's. */
  forTeam: boolean;
  state: string;
  codeChallenge: string;
  /** PKCE verifier between relay and provider, sealed; null where the provider has no PKCE. */
  providerVerifier: string | null;
  redirectKind: RedirectKind;
  /** `used`: exchanged. `burned`: somebody else's key tried. Neither can be exchanged again. */
  status: 'open' | 'used' | 'burned';
  expiresAtMs: number;
}

interface FlowRow {
  id: string;
  installation_id: string;
  thumbprint: string;
  provider_id: string;
  scopes: string;
  for_team: number;
  state: string;
  code_challenge: string;
  provider_verifier: string | null;
  redirect_kind: string;
  status: Flow['status'];
  expires_at_ms: number;
}

const flowOf = (row: FlowRow): Flow => ({
  id: FlowId.parse(row.id),
  installationId: InstallationId.parse(row.installation_id),
  thumbprint: row.thumbprint,
  providerId: row.provider_id,
  scopes: JSON.parse(row.scopes) as string[], // written by insertFlow alone
  forTeam: row.for_team === 1,
  state: row.state,
  codeChallenge: row.code_challenge,
  providerVerifier: row.provider_verifier,
  redirectKind: RedirectKind.parse(row.redirect_kind),
  status: row.status,
  expiresAtMs: row.expires_at_ms,
});

/** How many flows one installation can have at a time: the newest ones, whatever became of them. */
const flowsPerInstallation = 5;

/**
 * Adds an open flow and forgets the ones that have ended.
 *
 * @returns false where the PKCE challenge was used by another flow
 */
export async function insertFlow(statements: Statements, flow: Flow, nowMs: number): Promise<boolean> {
  await statements.run('DELETE FROM flows WHERE expires_at_ms <= ?', nowMs);
  const added = await statements.run(
    `INSERT INTO flows (id, installation_id, thumbprint, provider_id, scopes, state, code_challenge,
       provider_verifier, redirect_kind, status, expires_at_ms, for_team)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (code_challenge) DO NOTHING`,
    flow.id,
    flow.installationId,
    flow.thumbprint,
    flow.providerId,
    JSON.stringify(flow.scopes),
    flow.state,
    flow.codeChallenge,
    flow.providerVerifier,
    flow.redirectKind,
    flow.status,
    flow.expiresAtMs,
    flow.forTeam ? 1 : 0,
  );
  await statements.run(
    `DELETE FROM flows WHERE installation_id = ? AND id NOT IN (
       SELECT id FROM flows WHERE installation_id = ? ORDER BY expires_at_ms DESC, id = ? DESC LIMIT ?)`,
    flow.installationId,
    flow.installationId,
    flow.id,
    flowsPerInstallation,
  );
  return added === 1;
}

/** The flow with this id, whatever its status. */
export async function findFlow(statements: Statements, id: string): Promise<Flow | null> {
  const row = await statements.get<FlowRow>('SELECT * FROM flows WHERE id = ?', id);
  return row === undefined ? null : flowOf(row);
}

/** The flow that a provider's `state` belongs to, whatever its status. */
export async function findFlowByState(statements: Statements, state: string): Promise<Flow | null> {
  const row = await statements.get<FlowRow>('SELECT * FROM flows WHERE state = ?', state);
  return row === undefined ? null : flowOf(row);
}

/** Ends an open flow. Of two callers at the same instant exactly one gets true. */
export async function closeFlow(
  statements: Statements,
  id: FlowId,
  status: 'used' | 'burned',
): Promise<boolean> {
  return (
    (await statements.run(`UPDATE flows SET status = ? WHERE id = ? AND status = 'open'`, status, id)) === 1
  );
}

/** Forgets a flow. */
export async function deleteFlow(statements: Statements, id: FlowId): Promise<void> {
  await statements.run('DELETE FROM flows WHERE id = ?', id);
}
