import { z } from 'zod';
import { DeviceFlowId, InstallationId, MemberId } from '../../shared/ids.ts';
import type { Statements } from './driver.ts';

/** How an attempt has ended; `pending` while the member has not decided. */
const DeviceOutcome = z.enum([
  'pending',
  'connected',
  'declined',
  'flow-expired',
  'blocked-by-admin',
  'not-admin',
]);
/** How an attempt has ended; `pending` while the member has not decided. */
export type DeviceOutcome = z.infer<typeof DeviceOutcome>;

/** One attempt to connect with a code typed at the provider, as kept until it ends. */
export interface DeviceFlow {
  id: DeviceFlowId;
  /** Whose installation began it. */
  memberId: MemberId;
  installationId: InstallationId;
  /** Thumbprint of the key that began it; only that key may finish it. */
  thumbprint: string;
  providerId: string;
  scopes: string[];
  /** The connection is to be the team's. */
  forTeam: boolean;
  /** Sealed. */
  deviceCode: string;
  /** Sealed: until it is used, whoever knows it could have it approved by another account. */
  userCode: string;
  verificationUri: string;
  verificationUriComplete: string | null;
  intervalSeconds: number;
  /** The provider is not asked before. */
  pollAfterMs: number;
  expiresAtMs: number;
  outcome: DeviceOutcome;
}

interface DeviceFlowRow {
  id: string;
  member_id: string;
  installation_id: string;
  thumbprint: string;
  provider_id: string;
  scopes: string;
  for_team: number;
  device_code: string;
  user_code: string;
  verification_uri: string;
  verification_uri_complete: string | null;
  interval_seconds: number;
  poll_after_ms: number;
  expires_at_ms: number;
  outcome: string;
}

const columns = 'd.*, i.member_id FROM device_flows d JOIN installations i ON i.id = d.installation_id';

const flowOf = (row: DeviceFlowRow): DeviceFlow => ({
  id: DeviceFlowId.parse(row.id),
  memberId: MemberId.parse(row.member_id),
  installationId: InstallationId.parse(row.installation_id),
  thumbprint: row.thumbprint,
  providerId: row.provider_id,
  scopes: JSON.parse(row.scopes) as string[], // written by insertDeviceFlow alone
  forTeam: row.for_team === 1,
  deviceCode: row.device_code,
  userCode: row.user_code,
  verificationUri: row.verification_uri,
  verificationUriComplete: row.verification_uri_complete,
  intervalSeconds: row.interval_seconds,
  pollAfterMs: row.poll_after_ms,
  expiresAtMs: row.expires_at_ms,
  outcome: DeviceOutcome.parse(row.outcome),
});

/** How long an attempt that is over can still be asked about, in milliseconds: a browser may have been closed. */
const rememberedMs = 86_400_000;

/** Adds a flow, forgets the ones that have long ended, and the earlier ones of the same installation. */
export async function insertDeviceFlow(
  statements: Statements,
  flow: Omit<DeviceFlow, 'memberId' | 'outcome'>,
  nowMs: number,
): Promise<void> {
  await statements.run(
    'DELETE FROM device_flows WHERE expires_at_ms <= ? OR installation_id = ?',
    nowMs - rememberedMs,
    flow.installationId,
  );
  await statements.run(
    `INSERT INTO device_flows (id, installation_id, thumbprint, provider_id, scopes, device_code, user_code,
       verification_uri, verification_uri_complete, interval_seconds, poll_after_ms, expires_at_ms, for_team)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    flow.id,
    flow.installationId,
    flow.thumbprint,
    flow.providerId,
    JSON.stringify(flow.scopes),
    flow.deviceCode,
    flow.userCode,
    flow.verificationUri,
    flow.verificationUriComplete,
    flow.intervalSeconds,
    flow.pollAfterMs,
    flow.expiresAtMs,
    flow.forTeam ? 1 : 0,
  );
}

/** The flow with this id. */
export async function findDeviceFlow(statements: Statements, id: DeviceFlowId): Promise<DeviceFlow | null> {
  const row = await statements.get<DeviceFlowRow>(`SELECT ${columns} WHERE d.id = ?`, id);
  return row === undefined ? null : flowOf(row);
}

/** The newest flow of an installation, ended or not. */
export async function findDeviceFlowOf(
  statements: Statements,
  installationId: InstallationId,
): Promise<DeviceFlow | null> {
  const row = await statements.get<DeviceFlowRow>(
    `SELECT ${columns} WHERE d.installation_id = ? ORDER BY d.expires_at_ms DESC`,
    installationId,
  );
  return row === undefined ? null : flowOf(row);
}

/** Flows that wait for the member and whose provider may be asked now. */
export async function listDuePolls(
  statements: Statements,
  nowMs: number,
  limit: number,
): Promise<DeviceFlow[]> {
  const rows = await statements.all<DeviceFlowRow>(
    `SELECT ${columns} WHERE d.outcome = 'pending' AND d.poll_after_ms <= ? ORDER BY d.poll_after_ms LIMIT ?`,
    nowMs,
    limit,
  );
  return rows.map(flowOf);
}

/** Takes the right to ask the provider once. Of two callers at the same instant exactly one gets true. */
export async function takePoll(statements: Statements, flow: DeviceFlow, nowMs: number): Promise<boolean> {
  const changed = await statements.run(
    `UPDATE device_flows SET poll_after_ms = ?
     WHERE id = ? AND poll_after_ms = ? AND poll_after_ms <= ? AND outcome = 'pending'`,
    nowMs + flow.intervalSeconds * 1000,
    flow.id,
    flow.pollAfterMs,
    nowMs,
  );
  return changed === 1;
}

/** Asks more slowly from now on. */
export async function slowDown(
  statements: Statements,
  id: DeviceFlowId,
  intervalSeconds: number,
  nowMs: number,
): Promise<void> {
  await statements.run(
    'UPDATE device_flows SET interval_seconds = ?, poll_after_ms = ? WHERE id = ?',
    intervalSeconds,
    nowMs + intervalSeconds * 1000,
    id,
  );
}

/** Ends a flow and forgets its codes; false where it has ended already. */
export async function endDeviceFlow(
  statements: Statements,
  id: DeviceFlowId,
  outcome: Exclude<DeviceOutcome, 'pending'>,
): Promise<boolean> {
  const changed = await statements.run(
    `UPDATE device_flows SET outcome = ?, device_code = '', user_code = '' WHERE id = ? AND outcome = 'pending'`,
    outcome,
    id,
  );
  return changed === 1;
}

/** Forgets a flow. */
export async function removeDeviceFlow(statements: Statements, id: DeviceFlowId): Promise<void> {
  await statements.run('DELETE FROM device_flows WHERE id = ?', id);
}
