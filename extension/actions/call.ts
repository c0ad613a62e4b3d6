import { actionOf, type ActionId } from '../../shared/actions.ts';
import { diagnosisHeader, readDiagnosis } from '../../shared/api/broker.ts';
import type { Connection } from '../../shared/api/connections.ts';
import { diagnose } from '../../shared/diagnose.ts';
import { Failure, failureOf } from '../../shared/failure.ts';
import type { Provider } from '../../shared/provider.ts';
import { coversScope } from '../../shared/scopes.ts';
import type { Call } from './action.ts';

/** One request to the provider's API, whoever makes it. */
export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the API's origin, with query. */
  path: `/${string}`;
  /** JSON text, or a file. */
  body?: string | FormData | undefined;
  /** `Idempotency-Key`. */
  key?: string | undefined;
  /** Nobody waits for it: others go first. */
  isBackground?: boolean | undefined;
}

/**
 * How a request reaches the provider: from this browser with a grant, or through the relay.
 *
 * @throws Failure where no answer of the provider came: `outcome-unknown` for a write that may have been done
 */
export interface Transport {
  send(request: ApiRequest): Promise<Response>;
  /** Whether the answers of `send` carry the relay's diagnosis. */
  isBrokered: boolean;
}

/**
 * The way an action calls its provider. Actions are the same over every transport.
 *
 * A missing scope is found before anything is sent. An answer that never came after a write was sent is
 * `outcome-unknown`: whoever retries must look first.
 */
export function callOver(
  transport: Transport,
  actionId: ActionId,
  provider: Provider,
  { scopes: granted }: Pick<Connection, 'scopes'>,
): Call {
  const { scopes } = actionOf(actionId);
  const missing = granted === null ? [] : scopes.filter((scope) => !coversScope(provider, granted, scope));
  if (missing.length > 0) throw new Failure('missing-scope', { scopes: missing });

  return async ({ method, path, query, body, form, key, alsoReads, schema }) => {
    const search = new URLSearchParams(query).toString();
    const response = await transport.send({
      method,
      path: search === '' ? path : `${path}?${search}`,
      body: body === undefined ? form : JSON.stringify(body),
      key,
    });
    const answer = await readJson(response, method);
    if (!response.ok && response.status !== alsoReads) {
      const known = transport.isBrokered ? readDiagnosis(response.headers.get(diagnosisHeader)) : null;
      if (known !== null) throw failureOf(known);
      const { status, headers } = response;
      throw await diagnose(
        provider,
        { method, status, headers, body: answer, path, scopes, granted },
        async (question) => {
          const said = await transport.send({ method: 'GET', path: question as `/${string}` });
          return said.ok ? readJson(said, 'GET') : null;
        },
      );
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

/** The body as JSON; an error page of a proxy is none, and its status says enough. */
async function readJson(response: Response, method: string): Promise<unknown> {
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    throw new Failure(method === 'GET' ? 'provider-down' : 'outcome-unknown', { cause: error });
  }
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
