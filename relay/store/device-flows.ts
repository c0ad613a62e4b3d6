import { DeviceFlowId, InstallationId } from '../../shared/ids.ts';
import type { Statements } from './driver.ts';

/** One attempt to connect with a code typed at the provider, as kept until it ends. */
export interface DeviceFlow {
  id: DeviceFlowId;
  installationId: InstallationId;
  /** Thumbprint of the key that began it; only that key may finish it. */
  thumbprint: string;
  providerId: string;
  scopes: string[];
  /** Sealed. */
  deviceCode: string;
  intervalSeconds: number;
  /** The provider is not asked before. */
  pollAfterMs: number;
  expiresAtMs: number;
}

interface DeviceFlowRow {
  id: string;
  installation_id: string;
  thumbprint: string;
  provider_id: string;
  scopes: string;
  device_code: string;
  interval_seconds: number;
  poll_after_ms: number;
  expires_at_ms: number;
}

/** Adds a flow and forgets the ones that have ended. */
export async function insertDeviceFlow(
  statements: Statements,
  flow: DeviceFlow,
  nowMs: number,
): Promise<void> {
  await statements.run('DELETE FROM device_flows WHERE expires_at_ms <= ?', nowMs);
  await statements.run(
    `INSERT INTO device_flows (id, installation_id, thumbprint, provider_id, scopes, device_code, interval_seconds,
       poll_after_ms, expires_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    flow.id,
    flow.installationId,
    flow.thumbprint,
    flow.providerId,
    JSON.stringify(flow.scopes),
    flow.deviceCode,
    flow.intervalSeconds,
    flow.pollAfterMs,
    flow.expiresAtMs,
  );
}

/** The flow with this id. */
export async function findDeviceFlow(statements: Statements, id: DeviceFlowId): Promise<DeviceFlow | null> {
  const row = await statements.get<DeviceFlowRow>('SELECT * FROM device_flows WHERE id = ?', id);
  if (row === undefined) return null;
  return {
    id: DeviceFlowId.parse(row.id),
    installationId: InstallationId.parse(row.installation_id),
    thumbprint: row.thumbprint,
    providerId: row.provider_id,
    scopes: JSON.parse(row.scopes) as string[], // written by insertDeviceFlow alone
    deviceCode: row.device_code,
    intervalSeconds: row.interval_seconds,
    pollAfterMs: row.poll_after_ms,
    expiresAtMs: row.expires_at_ms,
  };
}

/** Takes the right to ask the provider once. Of two callers at the same instant exactly one gets true. */
export async function takePoll(statements: Statements, flow: DeviceFlow, nowMs: number): Promise<boolean> {
  const changed = await statements.run(
    'UPDATE device_flows SET poll_after_ms = ? WHERE id = ? AND poll_after_ms = ? AND poll_after_ms <= ?',
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

/** Ends a flow; false where it has ended already. */
export async function deleteDeviceFlow(statements: Statements, id: DeviceFlowId): Promise<boolean> {
  return (await statements.run('DELETE FROM device_flows WHERE id = ?', id)) === 1;
}
