import { z } from 'zod';
import { defineEndpoint, NoInput, NoParams } from '../endpoint.ts';
import { DeviceFlowId } from '../ids.ts';
import { Connection } from './connections.ts';
import { Grant } from './grants.ts';

/**
 * Begins an attempt to connect by a code that the member types at the provider (RFC 8628).
 *
 * Only for providers that have a device authorization endpoint. The flow belongs to the key that began it.
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
  }),
  output: z.object({
    flowId: DeviceFlowId,
    /** What the member compares and types. */
    userCode: z.string().min(1).max(64),
    verificationUri: z.url(),
    /** The same with the code filled in; null where the provider gives none. */
    verificationUriComplete: z.url().nullable(),
    /** Seconds to wait between polls. */
    intervalSeconds: z.int().positive(),
    /** Epoch milliseconds. */
    expiresAtMs: z.int(),
  }),
  failures: [
    'not-found',
    'provider-misconfigured',
    'provider-down',
    'provider-refused',
    'provider-unexpected',
  ],
});

/** Asks whether the member has decided. The provider is asked at its own pace, however often this is called. */
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
    z.object({ status: z.literal('connected'), connection: Connection, grant: Grant }),
  ]),
  failures: [
    'flow-unknown',
    'flow-expired',
    'key-mismatch',
    'declined',
    'provider-down',
    'provider-misconfigured',
  ],
});
