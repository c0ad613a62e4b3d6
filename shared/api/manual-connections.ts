import { z } from 'zod';
import { defineEndpoint, NoParams } from '../endpoint.ts';
import { Connection } from './connections.ts';

/**
 * Connects with a token that the member made in the provider's own settings.
 *
 * The token is checked, sealed into the relay's vault and never answered again: the connection is `brokered`. Where the
 * member has a connection to this provider already, it keeps its id and the token takes the place of the old one.
 */
export const createManualConnection = defineEndpoint({
  id: 'createManualConnection',
  summary: 'Connect with a token that the member made at the provider',
  method: 'POST',
  path: '/v1/manual-connections',
  access: 'session',
  params: NoParams,
  input: z.strictObject({
    providerId: z.string().max(41),
    token: z.string().trim().min(1).max(4096),
    /** The connection is to be the team's: administrators alone. */
    forTeam: z.boolean().optional(),
  }),
  output: z.object({ connection: Connection }),
  failures: ['not-found', 'token-refused', 'provider-down', 'provider-misconfigured', 'provider-unexpected'],
});
