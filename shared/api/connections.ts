import { z } from 'zod';
import { defineEndpoint, NoInput, NoParams } from '../endpoint.ts';
import { ConnectionId } from '../ids.ts';
import { MemberRole } from '../member.ts';
import { Decision, openDecision } from '../policy.ts';
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
  /** Epoch milliseconds; 0 for the team's, of which members see no more than they need. */
  createdAtMs: z.int(),
  /** Whose it is. The team's is used, and never changed, by those it is shared with. */
  owner: z.enum(['member', 'team']).default('member'),
});
/** A member's granted access to one provider account, without any secret. */
export type Connection = z.infer<typeof Connection>;

/** The connections that the calling member may use, their own first, and what the team's policy says of them. */
export const listConnections = defineEndpoint({
  id: 'listConnections',
  summary: 'List the connections that the calling member may use, and what is off for them',
  method: 'GET',
  path: '/v1/connections',
  access: 'session',
  params: NoParams,
  input: NoInput,
  output: z.object({
    connections: z.array(Connection),
    /** What is off for the member; nothing, at relays that know no policy. */
    policy: Decision.default(openDecision),
    role: MemberRole.default('member'),
  }),
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
  failures: ['not-found', 'not-admin'],
});
