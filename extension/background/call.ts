import { actionOf, type ActionId } from '../../shared/actions.ts';
import type { Connection } from '../../shared/api/connections.ts';
import { Failure } from '../../shared/failure.ts';
import { diagnoseFattureInCloud } from '../../shared/providers/fatture-in-cloud.diagnosis.ts';
import { providers } from '../../shared/providers/registry.ts';
import { coversScope } from '../../shared/scopes.ts';
import type { Call } from '../actions/action.ts';
import { dropGrant, grantOf } from './grants.ts';

/** Longest time a provider call may take, in milliseconds. */
const timeoutMs = 15_000;

/** An error page of a proxy is no JSON; its status says enough. */
const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** Origins a grant may be sent to: the provider's own and, in a sandbox build, loopback. The relay cannot add one. */
const isTrusted = (origin: string, published: string): boolean =>
  origin === published || (import.meta.env.MODE === 'sandbox' && new URL(origin).hostname === '127.0.0.1');

/**
 * The way an action calls its provider directly, with a grant of `connection`.
 *
 * A missing scope is found before anything is sent. An answer that never came after a write was sent is
 * `outcome-unknown`: whoever retries must look first.
 */
export function callAs(actionId: ActionId, connection: Connection, origin: string): Call {
  const { scopes, providerId } = actionOf(actionId);
  const provider = providers.get(providerId);
  if (provider === undefined || connection.providerId !== providerId || !isTrusted(origin, provider.origin)) {
    throw new Failure('provider-misconfigured');
  }
  const missing = scopes.filter((scope) => !coversScope(provider, connection.scopes, scope));
  if (missing.length > 0) throw new Failure('missing-scope', { scopes: missing });

  return async ({ method, path, query, body, schema }) => {
    const url = new URL(path, origin);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const { accessToken } = await grantOf(connection.id);
    let response: Response;
    let answer: unknown;
    try {
      response = await fetch(url, {
        method,
        headers: {
          Authorization: `Bearer ${accessToken}`,
          Accept: 'application/json',
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        credentials: 'omit',
        cache: 'no-store',
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.text();
      answer = text === '' ? null : parseJson(text);
    } catch (error) {
      const code = navigator.onLine ? (method === 'GET' ? 'provider-down' : 'outcome-unknown') : 'offline';
      throw new Failure(code, { cause: error });
    }
    if (!response.ok) {
      if (response.status === 401) await dropGrant(connection.id);
      const retryAfter = response.headers.get('Retry-After');
      throw diagnoseFattureInCloud({ status: response.status, retryAfter, body: answer, path, scopes });
    }
    const parsed = schema.safeParse(answer);
    if (!parsed.success) {
      throw new Failure(method === 'GET' ? 'provider-unexpected' : 'outcome-unknown', {
        cause: parsed.error,
      });
    }
    return parsed.data;
  };
}
