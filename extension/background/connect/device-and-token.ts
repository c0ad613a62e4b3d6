import { createDeviceFlow, deleteDeviceFlow, pollDeviceFlow } from '../../../shared/api/device-flows.ts';
import { createManualConnection } from '../../../shared/api/manual-connections.ts';
import type { DeviceFlowId } from '../../../shared/ids.ts';
import { forgetAccess } from '../provider/access.ts';
import { refreshAccount } from '../provider/account.ts';
import { scopesToAsk } from './flows.ts';
import { dropGrant, holdGrant } from '../provider/grants.ts';
import { requireProvider } from '../wire/managed.ts';
import { tellNotices } from '../provider/notices.ts';
import { callRelay } from '../wire/relay.ts';
import { renewStanding } from '../provider/team.ts';

/** Begins to connect with a code that the member types at the provider. The relay keeps the attempt, not this browser. */
export async function startDevice(providerId: string, forTeam: boolean): Promise<void> {
  const scopes = await scopesToAsk(providerId);
  await callRelay(createDeviceFlow, {}, { providerId, scopes, ...(forTeam ? { forTeam } : {}) });
}

/** Whether the code has been typed by now; the relay asks the provider at its own pace. */
export async function pollDevice(flowId: DeviceFlowId): Promise<boolean> {
  const answer = await callRelay(pollDeviceFlow, { flowId }, {});
  if (answer.status === 'pending') return false;
  renewStanding();
  await dropGrant(answer.connection.id);
  if (answer.grant !== null) await holdGrant(answer.grant);
  await forgetAccess();
  await refreshAccount();
  await tellNotices();
  return true;
}

/** Gives an attempt up. */
export async function cancelDevice(flowId: DeviceFlowId): Promise<void> {
  await callRelay(deleteDeviceFlow, { flowId }, {});
}

/** Hands a token made by hand to the relay. It passes through here and is kept nowhere. */
export async function connectWithToken(providerId: string, token: string, forTeam: boolean): Promise<void> {
  await requireProvider(providerId);
  const input = { providerId, token, ...(forTeam ? { forTeam } : {}) };
  const { connection } = await callRelay(createManualConnection, {}, input);
  renewStanding();
  await dropGrant(connection.id);
  await forgetAccess();
  await refreshAccount();
  await tellNotices();
}
