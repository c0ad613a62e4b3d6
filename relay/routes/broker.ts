import type { Context } from 'hono';
import { z } from 'zod';
import { randomUUID } from 'node:crypto';
import { actionFor, actionOf } from '../../shared/actions.ts';
import { brokerMethods, brokerPath, diagnosisHeader, writeDiagnosis } from '../../shared/api/broker.ts';
import { Failure, reportOf } from '../../shared/failure.ts';
import { ConnectionId } from '../../shared/ids.ts';
import { diagnose } from '../../shared/diagnose.ts';
import { accessModeOf } from '../describe.ts';
import { admit, type RelayApp, type RelayEnv } from '../endpoint.ts';
import { freshToken } from '../fresh-token.ts';
import { bodyOf, headerOf, pathOf, queryOf, streamOf } from '../incoming.ts';
import { observeProvider } from '../observe.ts';
import { callProvider, type ProviderRequest } from '../provider-call.ts';
import { Refusal } from '../refusal.ts';
import { findConnection } from '../store/connections.ts';
import { writeOnce } from '../intents.ts';

/** Largest body, in bytes: of a JSON document, of a file, and of the provider's answer. */
const bytesMax = { json: 256 * 1024, file: 25 * 1024 * 1024, answer: 50 * 1024 * 1024, short: 64 * 1024 };

/** Runs of a call that the provider refuses for its number. */
const attemptsMax = 3;

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
    const parsed = ConnectionId.safeParse(c.req.param('connectionId'));
    const stored = parsed.success ? await findConnection(deps.store, parsed.data, memberId) : null;
    if (stored === null) throw new Failure('not-found');
    const configured = deps.config.providers.get(stored.providerId);
    if (configured === undefined) throw new Failure('provider-misconfigured');
    const { provider } = configured;
    const method = c.req.method as ProviderRequest['method']; // Hono routes no other here
    // What has to leave an event is written by the relay in any case: that takes two calls and a memory.
    const isTraced = provider.timeline !== null && method !== 'GET';
    if (!isTraced && accessModeOf(deps.config, stored) !== 'brokered') throw new Failure('not-allowed');
    const path = pathOf(c).slice(brokerPath.replace(':connectionId', stored.id).length);
    const action = actionFor(provider, configured.scopes, method, path);
    const query = queryOf(c);
    if (action === null || query.length > queryMax) throw new Failure('not-allowed');

    const { id: connectionId, providerId } = stored;
    const subject = { requestId, installationId, memberId, connectionId, providerId };
    const cached = method === 'GET' ? deps.cache.get(connectionId, path + query) : null;
    if (cached !== null && stored.status === 'active') {
      c.header('Content-Type', cached.contentType);
      return c.body(cached.body, 200);
    }
    const { accessToken } = await freshToken(deps, stored, minTtlMs, subject);
    const body = method === 'POST' || method === 'PUT' || method === 'PATCH' ? await readBody() : undefined;
    // What changes something is written down before it is tried; what cannot be written down is not tried.
    if (method !== 'GET') await deps.audit.record({ event: 'api_written', ...subject });
    const isBackground = /(?:^|[\s,])u=[5-7](?:$|[\s,;])/.test(headerOf(c, 'priority') ?? '');
    const call = async (request: ProviderRequest): Promise<Response> => {
      const isWhole = request.body === undefined || Buffer.isBuffer(request.body.content);
      for (let attempts = 1; ; attempts += 1) {
        const turn = await deps.quotas.enter(provider, { path: request.path, memberId, isBackground });
        const answer = await observeProvider(deps, providerId, 'api', () => callProvider(provider, request));
        turn.learn(answer.status, answer.headers);
        // Too many calls by others whom we do not see: not done, so it may be sent again when there is room.
        if (answer.status !== 429 || !isWhole || attempts >= attemptsMax) return answer;
        if (!deps.quotas.hasRoomSoon(provider, request.path)) return answer;
        await answer.body?.cancel();
      }
    };
    const idempotencyKey = provider.idempotencyKeys && method === 'POST' ? readKey(c) : undefined;
    const send = (): Promise<Response> => call({ method, path, query, accessToken, body, idempotencyKey });
    const content =
      body === undefined || !Buffer.isBuffer(body.content) ? null : body.content.toString('utf8');
    if (isTraced && ((method !== 'POST' && method !== 'PATCH') || content === null)) {
      throw new Failure('not-allowed');
    }
    const answer =
      isTraced && (method === 'POST' || method === 'PATCH')
        ? await writeOnce(
            deps,
            stored,
            { id: idempotencyKey ?? randomUUID(), actionId: action, method, path, body: content ?? '' },
            send,
          )
        : await send();
    if (method !== 'GET') deps.cache.forget(connectionId);
    for (const [name, value] of answer.headers) if (passedOn.test(name)) c.header(name, value);
    if (answer.ok && method === 'GET' && provider.cache.length > 0) {
      const contentType = answer.headers.get('content-type') ?? 'application/json';
      const text = await answer.text();
      deps.cache.keep(provider, connectionId, path + query, { contentType, body: text });
      return c.body(text, answer.status as 200);
    }
    if (answer.ok) {
      const status = answer.status as 200; // any 2xx will do
      return answer.body === null
        ? c.body(null, status)
        : c.body(answer.body.pipeThrough(limit(bytesMax.answer)), status);
    }
    const text = await readShort(answer);
    const { status, headers } = answer;
    const refusal = { method, status, headers, body: parseJson(text), path, scopes: actionOf(action).scopes };
    const failure = await diagnose(provider, { ...refusal, granted: stored.scopes }, async (question) => {
      const [path = '', search] = question.split('?');
      const query = search === undefined ? '' : `?${search}`;
      const asked = await call({ method: 'GET', path, query, accessToken });
      const said = await readShort(asked);
      return asked.ok ? parseJson(said) : null;
    });
    c.header(diagnosisHeader, writeDiagnosis(reportOf(failure)));
    return c.body(text, answer.status as 400);

    async function readBody(): Promise<ProviderRequest['body']> {
      const type = headerOf(c, 'content-type') ?? '';
      if (/^application\/json(?:;|$)/i.test(type)) {
        return { content: await bodyOf(c, bytesMax.json), type: 'application/json' };
      }
      if (!/^multipart\/form-data; ?boundary=[\w'()+,./:=?-]{1,70}$/i.test(type)) {
        throw new Failure('media-type-refused');
      }
      return { content: limited(streamOf(c), bytesMax.file), type };
    }
  });
  app.all(`${brokerPath}/*`, () => {
    throw new Refusal('method-refused', { Allow: brokerMethods.join(', ') });
  });
}

/** The caller's `Idempotency-Key`: without one a request that is sent again could not be told from a new one. */
function readKey(c: Context<RelayEnv>): string {
  const key = z.uuid().safeParse(headerOf(c, 'idempotency-key')).data;
  if (key === undefined) throw new Failure('request-invalid', { fields: ['Idempotency-Key'] });
  return key;
}

/** Passes a stream on and breaks it off beyond `max` bytes. */
function limit(max: number): TransformStream<Uint8Array, Uint8Array> {
  let size = 0;
  return new TransformStream({
    transform(chunk, controller) {
      size += chunk.byteLength;
      if (size > max) controller.error(new Failure('request-too-large'));
      else controller.enqueue(chunk);
    },
  });
}

/** The same for what comes in. */
async function* limited(source: AsyncIterable<Uint8Array>, max: number): AsyncIterable<Uint8Array> {
  let size = 0;
  for await (const chunk of source) {
    size += chunk.byteLength;
    if (size > max) throw new Failure('request-too-large');
    yield chunk;
  }
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** A short answer is read whole, so that it can be understood; the rest of a long one is cut off. */
async function readShort(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.byteLength;
    if (size > bytesMax.short) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
