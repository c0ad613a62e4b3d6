import { z } from 'zod';
import { defineEndpoint, NoInput, NoParams } from '../endpoint.ts';
import { ConnectionMethod, NoticeKind, Provider } from '../provider.ts';

/** The providers this relay can connect to, and how. */
export const listProviders = defineEndpoint({
  id: 'listProviders',
  summary: 'List the providers this relay can connect to',
  method: 'GET',
  path: '/v1/providers',
  access: 'session',
  params: NoParams,
  input: NoInput,
  output: z.object({
    providers: z.array(
      Provider.pick({ id: true, name: true, origin: true, accessMode: true }).extend({
        /** Ways to connect that can be used now; none where the team's app credentials are missing. */
        methods: z.array(ConnectionMethod),
        /** The team's app as the provider knows it; what a member pastes there to make a token by hand. */
        clientId: z.string().nullable(),
        /** What members may want to be told of; nothing where the relay cannot hear of it. */
        notices: z.array(NoticeKind),
        /** The most that may be asked for, provider spelling. */
        scopes: z.array(z.string()),
      }),
    ),
  }),
  failures: [],
});
