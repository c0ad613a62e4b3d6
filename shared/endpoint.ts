import { z } from 'zod';
import type { FailureCode } from './diagnosis.ts';

/**
 * What a caller must show: `proof`, a DPoP proof of its key; `session`, that and a session token bound to the same key.
 */
export type Access = 'proof' | 'session';

/**
 * One HTTP exchange between extension and relay, written once: the relay parses with it, the client is typed by it,
 * and `/openapi.json` is generated from it.
 *
 * `path` uses `:name` for parameters, each of which has its schema in `params`.
 */
export interface Endpoint<
  Params extends z.ZodObject = z.ZodObject,
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
  Required extends Access = Access,
> {
  id: string;
  summary: string;
  method: 'GET' | 'POST' | 'DELETE';
  path: `/v1/${string}`;
  access: Required;
  /** Who may call it: `auditor` stands for administrators as well; every member where it is not said. */
  role?: 'admin' | 'auditor';
  params: Params;
  input: Input;
  output: Output;
  /** Reasons for refusal beyond the ones that every endpoint has. */
  failures: readonly FailureCode[];
}

/** For endpoints without path parameters. */
export const NoParams = z.object({});

/** For endpoints without a request body; an empty object is accepted as well. */
export const NoInput = z.strictObject({});

/** Keeps the exact types of an endpoint's schemas. */
export function defineEndpoint<
  Params extends z.ZodObject,
  Input extends z.ZodType,
  Output extends z.ZodType,
  Required extends Access,
>(endpoint: Endpoint<Params, Input, Output, Required>): Endpoint<Params, Input, Output, Required> {
  return endpoint;
}

/** The path of `endpoint` with its parameters filled in. */
export function pathOf<Params extends z.ZodObject>(
  endpoint: Endpoint<Params>,
  params: z.infer<Params>,
): string {
  const values: Record<string, unknown> = params;
  return endpoint.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(values[name])));
}
