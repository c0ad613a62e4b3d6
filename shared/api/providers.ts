import { z } from 'zod';
import { defineEndpoint, NoInput, NoParams } from '../endpoint.ts';
import { Provider } from '../provider.ts';

/** The providers this relay can connect to. `configured` is false where the team's app credentials are missing. */
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
        configured: z.boolean(),
      }),
    ),
  }),
  failures: [],
});
