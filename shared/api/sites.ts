import { z } from 'zod';
import { defineEndpoint, NoInput, NoParams } from '../endpoint.ts';

/** The sites on which the team works. Each member still allows each of them in their own browser. */
export const listSites = defineEndpoint({
  id: 'listSites',
  summary: 'List the sites that the team offers to work on',
  method: 'GET',
  path: '/v1/sites',
  access: 'session',
  params: NoParams,
  input: NoInput,
  output: z.object({ sites: z.array(z.object({ origin: z.url().max(300) })) }),
  failures: [],
});
