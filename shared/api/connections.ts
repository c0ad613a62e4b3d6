import { z } from 'zod';
import { defineEndpoint, NoInput, NoParams } from '../endpoint.ts';
import { ConnectionId } from '../ids.ts';
import { AccessMode, ConnectionMethod } from '../provider.ts';

/** `active`: works. The others need connecting again, each for its own reason (`shared/diagnosis.ts`). */
export const ConnectionStatus = z.enum(['active', 'expired', 'revoked', 'interrupted']);
/** Whether a connection works, and why not. */
export type ConnectionStatus = z.infer<typeof ConnectionStatus>;

/** Whether a provider took a token back; `unsupported`: it has no way to, and the permission is taken back there by hand. */
export const Revocation = z.enum(['unsupported', 'revoked', 'failed']);
/** Whether a provider took a token back. */
export type Revocation = z.infer<typeof Revocation>;

/** A member's granted access to one provider account, without any secret. */
export const Connection = z.object({
  id: ConnectionId,
  providerId: z.string(),
  status: ConnectionStatus,
  method: ConnectionMethod,
  /** `direct`: a grant can be had. `brokered`: the relay makes the calls, and no token leaves it. */
  accessMode: AccessMode,
  /** As granted, provider spelling; null where only the member knows what they ticked for a manual token. */
  scopes: z.array(z.string()).nullable(),
  /** Epoch milliseconds. */
  createdAtMs: z.int(),
});
/** A member's granted access to one provider account, without any secret. */
export type Connection = z.infer<typeof Connection>;

/** The calling member's connections, newest first. */
export const listConnections = defineEndpoint({
  id: 'listConnections',
  summary: 'List the connections of the calling member',
  method: 'GET',
  path: '/v1/connections',
  access: 'session',
  params: NoParams,
  input: NoInput,
  output: z.object({ connections: z.array(Connection) }),
  failures: [],
});

/** Forgets a connection and erases its tokens, whatever the provider says. */
export const deleteConnection = defineEndpoint({
  id: 'deleteConnection',
  summary: 'Disconnect: erase the tokens of a connection',
  method: 'DELETE',
  path: '/v1/connections/:connectionId',
  access: 'session',
  params: z.object({ connectionId: ConnectionId }),
  input: NoInput,
  output: z.object({ revocation: Revocation }),
  failures: ['not-found'],
});
