import { z } from 'zod';
import { Audience } from '../audience.ts';
import { defineEndpoint, NoInput, NoParams } from '../endpoint.ts';
import { ConnectionId } from '../ids.ts';
import { ConnectionMethod } from '../provider.ts';
import { ConnectionStatus } from './connections.ts';

/** A connection of the team's, as administrators and auditors see it. */
const TeamConnection = z.object({
  id: ConnectionId,
  providerId: z.string(),
  status: ConnectionStatus,
  method: ConnectionMethod,
  scopes: z.array(z.string()).nullable(),
  /** Epoch milliseconds. */
  createdAtMs: z.int(),
  /** Who may use it. */
  sharedWith: Audience,
});

/** The team's connections: one to each provider at most. */
export const listTeamConnections = defineEndpoint({
  id: 'listTeamConnections',
  summary: 'List the connections of the team',
  method: 'GET',
  path: '/v1/team-connections',
  access: 'session',
  role: 'auditor',
  params: NoParams,
  input: NoInput,
  output: z.object({ connections: z.array(TeamConnection) }),
  failures: ['not-admin'],
});

/**
 * Makes an administrator's own connection the team's, or says who else may use one that is.
 *
 * In the console it can be given back to whom it came from.
 */
export const shareConnection = defineEndpoint({
  id: 'shareConnection',
  summary: 'Make a connection the team’s, or change who may use it',
  method: 'POST',
  path: '/v1/connections/:connectionId/share',
  access: 'session',
  role: 'admin',
  params: z.object({ connectionId: ConnectionId }),
  input: z.strictObject({ sharedWith: Audience }),
  output: z.object({}),
  failures: ['not-admin', 'not-found', 'team-has-one', 'expired', 'revoked', 'interrupted', 'provider-down'],
});
