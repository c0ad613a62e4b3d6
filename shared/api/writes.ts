import { z } from 'zod';
import { defineEndpoint, NoParams } from '../endpoint.ts';

/** What a write is about, as a digest: SHA-256 in lower-case hex. The relay cannot read it. */
export const WriteKey = z.string().regex(/^[0-9a-f]{64}$/);

/** How long a claim lasts unless it is settled, in milliseconds: longer than any answer of a provider takes. */
export const claimMs = 60_000;

/**
 * Claims the right to make a write, for the whole team, where the provider itself makes two of two.
 *
 * `yours`: make it, then settle. `busy`: a colleague, another page or an attempt whose answer was lost is at it, or has just
 * made it; look what there is.
 */
export const claimWrite = defineEndpoint({
  id: 'claimWrite',
  summary: 'Claim the right to make a write once',
  method: 'POST',
  path: '/v1/writes',
  access: 'session',
  params: NoParams,
  input: z.strictObject({ key: WriteKey }),
  output: z.object({ status: z.enum(['yours', 'busy']) }),
  failures: [],
});

/** Says how a claimed write ended: made, or certainly not. An end that nobody knows is not told: the claim runs out. */
export const settleWrite = defineEndpoint({
  id: 'settleWrite',
  summary: 'Say how a claimed write ended',
  method: 'POST',
  path: '/v1/writes/settle',
  access: 'session',
  params: NoParams,
  input: z.strictObject({ key: WriteKey, made: z.boolean() }),
  output: z.object({}),
  failures: [],
});
