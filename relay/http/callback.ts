import type { Context } from 'hono';
import { z } from 'zod';
import type { RelayEnv } from './env.ts';
import { deadEndPage, pagePolicy } from './page.ts';

/** Error names a provider may send (RFC 6749 §4.1.2.1); any other is passed on as `server_error`. */
const authorizationErrors = new Set([
  'invalid_request',
  'unauthorized_client',
  'access_denied',
  'unsupported_response_type',
  'invalid_scope',
  'server_error',
  'temporarily_unavailable',
]);

const token = (max: number) => z.string().regex(new RegExp(`^[\\x21-\\x7e]{1,${max}}$`));

/** The only parameters that are read, each at most once; a code and an error exclude each other. */
const CallbackQuery = z.union([
  z.strictObject({ state: token(100), code: token(2048), iss: token(300).optional() }),
  z.strictObject({ state: token(100), error: z.string(), iss: token(300).optional() }),
]);

const queryLengthMax = 8192;

/** The error's name as it is passed on. */
export const knownError = (error: string): string =>
  authorizationErrors.has(error) ? error : 'server_error';

/** Reads what a login's redirect brings back; null where it is none. */
export function readCallback(url: string): z.infer<typeof CallbackQuery> | null {
  const { search, searchParams } = new URL(url);
  if (search.length > queryLengthMax) return null;
  const names = ['state', 'code', 'error', 'iss'];
  if (names.some((name) => searchParams.getAll(name).length > 1)) return null;
  const given = names.flatMap((name) => {
    const value = searchParams.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return CallbackQuery.safeParse(Object.fromEntries(given)).data ?? null;
}

/** Sends the browser on: 303, not 302 or 307: it alone surely turns a provider's form POST into a GET (RFC 9700 §4.12). */
export function redirect(c: Context<RelayEnv>, url: string): Response {
  return c.body(null, 303, { Location: url, 'Content-Security-Policy': pagePolicy });
}

/** Ends where the browser cannot be sent on. */
export function deadEnd(c: Context<RelayEnv>): Response {
  return c.html(deadEndPage, 400, { 'Content-Security-Policy': pagePolicy });
}
