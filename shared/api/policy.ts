import { z } from 'zod';
import { defineEndpoint, NoInput, NoParams } from '../endpoint.ts';
import { Policy } from '../policy.ts';

/** The policy as it stands. Version 0 is the one of a team that has made none. */
const PolicyAsKept = z.object({
  version: z.int().min(0),
  policy: Policy,
  /** Epoch milliseconds; null for version 0. */
  changedAtMs: z.int().nullable(),
});

/** Reads the team's policy. */
export const readPolicy = defineEndpoint({
  id: 'readPolicy',
  summary: 'Read the policy of the team',
  method: 'GET',
  path: '/v1/policy',
  access: 'session',
  role: 'auditor',
  params: NoParams,
  input: NoInput,
  output: PolicyAsKept,
  failures: ['not-admin'],
});

/** Puts a policy in the place of the one that was read; it holds from everybody's next call on, at every instance. */
export const changePolicy = defineEndpoint({
  id: 'changePolicy',
  summary: 'Change the policy of the team',
  method: 'POST',
  path: '/v1/policy',
  access: 'session',
  role: 'admin',
  params: NoParams,
  input: z.strictObject({
    /** The version that was read: somebody else's change in between is not overwritten. */
    basedOn: z.int().min(0),
    policy: Policy,
  }),
  output: PolicyAsKept,
  failures: ['not-admin', 'changed-meanwhile'],
});
