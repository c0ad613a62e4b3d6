import { z } from 'zod';
import { defineEndpoint, NoInput, NoParams } from '../endpoint.ts';
import { DeviceFlowId } from '../ids.ts';
import { Connection } from './connections.ts';
import { Grant } from './grants.ts';

/** What the member is shown while the provider waits for the code. */
export const DeviceFlowView = z.object({
  flowId: DeviceFlowId,
  providerId: z.string(),
  /** What the member compares and types. */
  userCode: z.string().min(1).max(64),
  verificationUri: z.url(),
  /** The same with the code filled in; null where the provider gives none. */
  verificationUriComplete: z.url().nullable(),
  /** Epoch milliseconds. */
  expiresAtMs: z.int(),
});
/** What the member is shown while the provider waits for the code. */
export type DeviceFlowView = z.infer<typeof DeviceFlowView>;

/**
 * Begins an attempt to connect by a code that the member types at the provider (RFC 8628).
 *
 * Only for providers that have a device authorization endpoint. The flow belongs to the key that began it; the relay asks the provider by itself, so that
 * neither popup nor browser need stay open. An earlier attempt of the same installation is forgotten.
 */
export const createDeviceFlow = defineEndpoint({
  id: 'createDeviceFlow',
  summary: 'Begin an attempt to connect with a code that the member types at the provider',
  method: 'POST',
  path: '/v1/device-flows',
  access: 'session',
  params: NoParams,
  input: z.strictObject({
    providerId: z.string().max(41),
    scopes: z.array(z.string().max(100)).max(100),
    /** The connection is to be the team's: administrators alone. */
    forTeam: z.boolean().optional(),
  }),
  output: DeviceFlowView,
  failures: [
    'not-found',
    'provider-misconfigured',
    'provider-down',
    'provider-refused',
    'provider-unexpected',
  ],
});

/** Asks whether the member has decided. The provider is asked at its own pace, however often this is called. A `grant` is null where the relay had the answer before, or makes the calls. */
export const pollDeviceFlow = defineEndpoint({
  id: 'pollDeviceFlow',
  summary: 'Finish an attempt to connect with a code, once the member has decided',
  method: 'POST',
  path: '/v1/device-flows/:flowId/poll',
  access: 'session',
  params: z.object({ flowId: DeviceFlowId }),
  input: NoInput,
  output: z.discriminatedUnion('status', [
    z.object({ status: z.literal('pending'), retryAfterSeconds: z.int().positive() }),
    z.object({ status: z.literal('connected'), connection: Connection, grant: Grant.nullable() }),
  ]),
  failures: [
    'flow-unknown',
    'flow-expired',
    'key-mismatch',
    'declined',
    'blocked-by-admin',
    'not-admin',
    'provider-down',
    'provider-misconfigured',
  ],
});

/** The attempt of this installation that waits for the member, so that a closed popup loses nothing. */
export const readDeviceFlow = defineEndpoint({
  id: 'readDeviceFlow',
  summary: 'Read the attempt to connect with a code that is under way',
  method: 'GET',
  path: '/v1/device-flow',
  access: 'session',
  params: NoParams,
  input: NoInput,
  output: z.object({ flow: DeviceFlowView.nullable() }),
  failures: [],
});

/** Gives an attempt up; what the member still types at the provider leads to nothing. */
export const deleteDeviceFlow = defineEndpoint({
  id: 'deleteDeviceFlow',
  summary: 'Give up an attempt to connect with a code',
  method: 'DELETE',
  path: '/v1/device-flows/:flowId',
  access: 'session',
  params: z.object({ flowId: DeviceFlowId }),
  input: NoInput,
  output: z.object({}),
  failures: ['flow-unknown', 'key-mismatch'],
});
