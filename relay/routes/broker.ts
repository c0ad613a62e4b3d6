import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { z } from 'zod';
import { actionFor, actionOf, type ActionId } from '../../shared/actions.ts';
import { brokerMethods, brokerPath, diagnosisHeader, writeDiagnosis } from '../../shared/api/broker.ts';
import { diagnose } from '../../shared/diagnose.ts';
import { Failure, reportOf } from '../../shared/failure.ts';
import { ConnectionId } from '../../shared/ids.ts';
import type { Provider } from '../../shared/provider.ts';
import { limit, limited, readUpTo } from '../outbound/bounded-stream.ts';
import { accessModeOf } from '../connection/describe.ts';
import { admit } from '../http/endpoint.ts';
import type { RelayApp, RelayEnv } from '../http/env.ts';
import { freshToken } from '../connection/fresh-token.ts';
import { bodyOf, headerOf, requestPath, queryOf, streamOf } from '../http/incoming.ts';
import { runIntent } from '../writes/intents.ts';
import { parseJson } from '../outbound/parse-json.ts';
import type { ProviderRequest } from '../provider/call.ts';
import { Refusal } from '../failures/refusal.ts';
import type { StoredConnection } from '../store/connections.ts';
import type { Installation } from '../store/installations.ts';
import { usableConnection } from '../people/caller.ts';
import { NotAllowed } from '../failures/not-allowed.ts';
import { allowsAction } from '../../shared/policy.ts';
import { throttled } from '../provider/throttled-call.ts';

/** Largest body, in bytes: of a JSON document, of a file, of an answer that passes, and of one that is read. */
const bytesMax = {
  json: 256 * 1024,
  file: 25 * 1024 * 1024,
  answer: 50 * 1024 * 1024,
  read: 4 * 1024 * 1024,
  refusal: 64 * 1024,
};

/** Longest query, in characters. */
const queryMax = 4_096;

/** Least remaining life of a token that a call is made with, in milliseconds. */
const minTtlMs = 60_000;

/** Headers of the provider that the caller gets: what the answer is, and when to come back. */
const passedOn = /^(?:content-type|retry-after|ratelimit-[a-z-]+)$/;

/**
 * Makes calls for connections whose tokens stay here.
 *
 * Host and token are the relay's; path and method must be those of an action that the team allows. Nothing of the
 * caller's headers but the kind of body reaches the provider, and nothing of the provider's but what `passedOn` names
 * reaches the caller. A refusal of the provider passes unchanged, with our diagnosis beside it.
 */
export function serveBroker(app: RelayApp): void {
  app.on([...brokerMethods], `${brokerPath}/*`, async (c) => {
    const { deps, requestId } = c.var;
    const caller = await admit(c, 'session');
    const { installationId, memberId } = caller;
    const target = await targetOf(c, caller);
    const { stored, provider, method, path, query, action } = target;
    const { id: connectionId, providerId } = stored;
    const subject = { requestId, installationId, memberId, connectionId, providerId };

    const cached = method === 'GET' ? deps.cache.get(connectionId, path + query) : null;
    if (cached !== null) {
      c.header('Content-Type', cached.contentType);
      return c.body(cached.body, 200);
    }
    const { accessToken } = await freshToken(deps, stored, minTtlMs, subject);
    const body = hasBody(method) ? await readBody(c) : undefined;
    const key = provider.idempotencyKeys && method === 'POST' ? readKey(c) : undefined;
    const isBackground = /(?:^|[\s,])u=[5-7](?:$|[\s,;])/.test(headerOf(c, 'priority') ?? '');
    const call = throttled(deps, provider, { memberId, isBackground });
    const request = { method, path, query, accessToken, body, idempotencyKey: key };
    // What changes something is written down before it is tried; what cannot be written down is not tried.
    if (method !== 'GET') await deps.audit.record({ event: 'api_written', ...subject });
    const answer = target.isTraced
      ? await runIntent(deps, stored, wanted(request, action), () => call(request))
      : await call(request);
    if (method !== 'GET') deps.cache.forget(connectionId);

    for (const [name, value] of answer.headers) if (passedOn.test(name)) c.header(name, value);
    const status = answer.status as 200; // Hono's type wants a literal; any of them will do
    if (answer.ok && method === 'GET' && provider.cache.length > 0) {
      const text = await readUpTo(answer, bytesMax.read);
      const contentType = answer.headers.get('content-type') ?? 'application/json';
      deps.cache.keep(provider, connectionId, path + query, { contentType, body: text });
      return c.body(text, status);
    }
    if (answer.ok) {
      return answer.body === null
        ? c.body(null, status)
        : c.body(answer.body.pipeThrough(limit(bytesMax.answer)), status);
    }
    const text = await readUpTo(answer, bytesMax.refusal);
    const refusal = { method, status, headers: answer.headers, body: parseJson(text), path };
    const { scopes } = actionOf(action);
    const failure = await diagnose(
      provider,
      { ...refusal, scopes, granted: stored.scopes },
      async (question) => {
        const { pathname, search } = new URL(question, provider.origin);
        const said = await call({ method: 'GET', path: pathname, query: search, accessToken });
        return said.ok ? parseJson(await readUpTo(said, bytesMax.refusal)) : null;
      },
    );
    c.header(diagnosisHeader, writeDiagnosis(reportOf(failure)));
    return c.body(text, status);
  });
  app.all(`${brokerPath}/*`, () => {
    throw new Refusal('method-refused', { Allow: brokerMethods.join(', ') });
  });
}

/** What a call is about, once it is one that may be made. */
interface Target {
  stored: StoredConnection;
  provider: Provider;
  method: ProviderRequest['method'];
  path: string;
  query: string;
  /** The action it is a call of. */
  action: ActionId;
  /** Whether it has to leave an event at the provider. */
  isTraced: boolean;
}

/**
 * @throws Failure `not-found` (no connection of this member) · `blocked-by-admin` · `not-allowed` (no call of an allowed action, or one that the
 *   extension makes itself) · as the connection's status says
 */
async function targetOf(c: Context<RelayEnv>, caller: Installation): Promise<Target> {
  const { deps } = c.var;
  const id = ConnectionId.safeParse(c.req.param('connectionId')).data;
  if (id === undefined) throw new Failure('not-found');
  const { stored, decision } = await usableConnection(deps, id, caller);
  const configured = deps.config.providers.get(stored.providerId);
  if (configured === undefined) throw new Failure('provider-misconfigured');
  const { provider } = configured;
  const method = c.req.method as ProviderRequest['method']; // Hono routes no other here
  // What has to leave an event is written by the relay in any case: that takes two calls and a memory.
  const isTraced = provider.timeline !== null && method !== 'GET';
  const isOurs = isTraced || accessModeOf(deps.config, stored, decision) === 'brokered';
  const path = requestPath(c).slice(brokerPath.replace(':connectionId', stored.id).length);
  const query = queryOf(c);
  const isAllowed = (one: ActionId): boolean => allowsAction(decision, one);
  const action = actionFor(provider, configured.scopes, method, path, isAllowed);
  if (!isOurs || query.length > queryMax) throw new Failure('not-allowed');
  if (action === null) {
    const actionId = actionFor(provider, configured.scopes, method, path);
    if (actionId === null) throw new Failure('not-allowed');
    throw new NotAllowed('blocked-by-admin', { connectionId: id, providerId: provider.id, actionId });
  }
  if (stored.status !== 'active') throw new Failure(stored.status);
  return { stored, provider, method, path, query, action, isTraced };
}

/** A write that leaves an event. */
function wanted({ method, path, body, idempotencyKey }: ProviderRequest, actionId: ActionId) {
  const isWrite = method === 'POST' || method === 'PATCH';
  if (!isWrite || body === undefined || !Buffer.isBuffer(body.content)) throw new Failure('not-allowed');
  return { id: idempotencyKey ?? randomUUID(), actionId, method, path, body: body.content.toString('utf8') };
}

const hasBody = (method: string): boolean => ['POST', 'PUT', 'PATCH'].includes(method);

async function readBody(c: Context<RelayEnv>): Promise<ProviderRequest['body']> {
  const type = headerOf(c, 'content-type') ?? '';
  if (/^application\/json(?:;|$)/i.test(type)) {
    return { content: await bodyOf(c, bytesMax.json), type: 'application/json' };
  }
  if (!/^multipart\/form-data; ?boundary=[\w'()+,./:=?-]{1,70}$/i.test(type)) {
    throw new Failure('media-type-refused');
  }
  return { content: limited(streamOf(c), bytesMax.file), type };
}

/** The caller's `Idempotency-Key`: without one a request that is sent again could not be told from a new one. */
function readKey(c: Context<RelayEnv>): string {
  const key = z.uuid().safeParse(headerOf(c, 'idempotency-key')).data;
  if (key === undefined) throw new Failure('request-invalid', { fields: ['Idempotency-Key'] });
  return key;
}
