import type { z } from 'zod';

/** A call to the provider's API: path below its origin, query and body. Answers are parsed with `schema`. */
export interface ProviderCall<Schema extends z.ZodType> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: `/${string}`;
  query?: Record<string, string>;
  body?: unknown;
  /** A file, in place of `body`. */
  form?: FormData;
  /** `Idempotency-Key` (UUID), where the provider knows one: the same again after a lost answer, a new one otherwise. */
  key?: string;
  /** A status beside 2xx whose answer is read with `schema`, too. */
  alsoReads?: number;
  schema: Schema;
}

/**
 * Makes a provider call for the action at hand, with its grant.
 *
 * @throws Failure with the reason for which the provider refused
 */
export type Call = <Schema extends z.ZodType>(call: ProviderCall<Schema>) => Promise<z.infer<Schema>>;
