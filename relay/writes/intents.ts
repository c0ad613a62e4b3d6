import { createHash } from 'node:crypto';
import type { ActionId } from '../../shared/actions.ts';
import { derivedUuid } from '../../shared/derived-uuid.ts';
import { Failure } from '../../shared/failure.ts';
import { readUpTo } from '../outbound/bounded-stream.ts';
import { freshToken, type ConnectionDeps } from '../connection/fresh-token.ts';
import { findConnection, type StoredConnection } from '../store/connections.ts';
import {
  deleteIntent,
  insertIntent,
  listDueIntents,
  markWritten,
  postponeIntent,
  takeIntent,
  type Intent,
} from '../store/intents.ts';
import { throttled } from '../provider/throttled-call.ts';
import { timelineOf } from '../provider/timelines.ts';
import { VaultError, type Place } from '../keys/vault.ts';

/** A write as a member asks for it. */
interface Wanted {
  /** The caller's `Idempotency-Key`. */
  id: string;
  actionId: ActionId;
  method: 'POST' | 'PATCH';
  path: string;
  body: string;
}

/** How long one attempt may take before another process takes it up, in milliseconds. */
const attemptMs = 30_000;

/** Pauses between attempts, in milliseconds. */
const pauseMs = { first: 5_000, last: 300_000 };

/** How long an attempt is repeated, in milliseconds: the provider remembers its keys as long. */
const giveUpAfterMs = 23 * 3_600_000;

/** How many intents one look takes up. */
const batchSize = 20;

/** Life that a token must have left, in milliseconds. */
const minTtlMs = 60_000;

/** Longest answer to a write that is read, in bytes. */
const answerMax = 1_000_000;

const bodyPlace = (id: string): Place => ({ table: 'intents', row: id, column: 'body', owner: [] });

/**
 * Makes a write that is to leave an event on the provider's timeline, so that in the end both are there exactly once.
 *
 * The write is written down before it is sent. Both requests carry an `Idempotency-Key` made of its id, so that a
 * process which dies between the two, or before it hears the answer, costs nothing: another repeats them with the same
 * keys. A definite refusal ends it, and the next attempt must have a new id, since the provider repeats refusals too.
 *
 * @returns the provider's answer, whole
 */
export async function runIntent(
  deps: ConnectionDeps,
  stored: StoredConnection,
  wanted: Wanted,
  call: () => Promise<Response>,
): Promise<Response> {
  const nowMs = deps.now();
  const { id, actionId, method, path } = wanted;
  await insertIntent(deps.store, {
    id,
    connectionId: stored.id,
    memberId: stored.memberId,
    actionId,
    method,
    path,
    body: deps.vault.seal(bodyPlace(id), wanted.body),
    status: 'started',
    contactId: timelineOf(stored.providerId)?.contactIn(wanted.body, path) ?? null,
    attempts: 0,
    dueAtMs: nowMs + attemptMs,
    createdAtMs: nowMs,
  });
  const answer = await call().catch(async (error: unknown) => {
    // Told that it was not done, the member must not find it done later.
    const mayBeDone = !(error instanceof Failure) || error.code === 'outcome-unknown';
    if (!mayBeDone) await deleteIntent(deps.store, id);
    throw error;
  });
  const text = await readUpTo(answer, answerMax);
  await concludeWrite(deps, stored, id, { status: answer.status, text });
  if (answer.ok) {
    settleIntents(deps).catch((error: unknown) => {
      deps.log.warn({ err: error }, 'an event of the timeline has to wait');
    });
  }
  const { status, headers } = answer;
  return new Response(text === '' ? null : text, { status, headers });
}

async function concludeWrite(
  deps: ConnectionDeps,
  { providerId }: StoredConnection,
  id: string,
  { status, text }: { status: number; text: string },
): Promise<void> {
  if (status >= 200 && status < 300) {
    await markWritten(deps.store, id, timelineOf(providerId)?.contactIn(text, '') ?? null, deps.now());
  } else await deleteIntent(deps.store, id);
}

/** Goes on with writes whose answer never came, and with events that are still missing. */
export async function settleIntents(deps: ConnectionDeps): Promise<number> {
  const due = await listDueIntents(deps.store, deps.now(), batchSize);
  for (const intent of due) {
    if (!(await takeIntent(deps.store, intent, deps.now() + attemptMs))) continue;
    await settle(deps, intent).catch(async (error: unknown) => {
      if (error instanceof VaultError) return giveUp(deps, intent);
      deps.log.info({ intentId: intent.id, err: error }, 'a write could not be settled yet');
      const pause = Math.min(pauseMs.first * 2 ** intent.attempts, pauseMs.last);
      await postponeIntent(deps.store, intent.id, deps.now() + pause);
    });
  }
  return due.length;
}

/** The connection or the key has gone, or the provider has forgotten the keys: repeating could do it twice. */
async function giveUp(deps: ConnectionDeps, { id, actionId }: Intent): Promise<void> {
  deps.log.error({ intentId: id, actionId }, 'a write was given up');
  await deleteIntent(deps.store, id);
}

async function settle(deps: ConnectionDeps, intent: Intent): Promise<void> {
  const connection = await findConnection(deps.store, intent.connectionId, intent.memberId);
  const configured = connection === null ? undefined : deps.config.providers.get(connection.providerId);
  const isLost = deps.now() - intent.createdAtMs > giveUpAfterMs;
  if (connection === null || configured === undefined || isLost) {
    return giveUp(deps, intent);
  }
  const { provider, timeline } = configured;
  const { id: connectionId, memberId, providerId } = connection;
  const { accessToken } = await freshToken(deps, connection, minTtlMs, {
    connectionId,
    memberId,
    providerId,
  });
  const call = throttled(deps, provider, { memberId, isBackground: true });
  const send = async (
    method: 'POST' | 'PATCH',
    path: string,
    key: string,
    content: string,
  ): Promise<Response> => {
    const body = { content: Buffer.from(content), type: 'application/json' };
    const answer = await call({ method, path, query: '', accessToken, body, idempotencyKey: key });
    if (answer.status === 429 || answer.status === 401) throw new Failure('quota');
    return answer;
  };
  if (intent.status === 'started') {
    const content = deps.vault.open(bodyPlace(intent.id), intent.body);
    const answer = await send(intent.method, intent.path, intent.id, content);
    const text = await readUpTo(answer, answerMax);
    return concludeWrite(deps, connection, intent.id, { status: answer.status, text });
  }
  const rules = timelineOf(providerId);
  if (timeline === null || rules === null) throw new Failure('provider-misconfigured');
  const body = deps.vault.open(bodyPlace(intent.id), intent.body);
  const event = rules.eventOf({ ...intent, body }, timeline);
  const answer = await send('POST', timeline.path, eventKey(intent.id), JSON.stringify(event));
  if (answer.status >= 500) throw new Failure('provider-down');
  if (!answer.ok) {
    deps.log.error({ intentId: intent.id, status: answer.status }, 'the timeline refuses an event');
  }
  return deleteIntent(deps.store, intent.id);
}

/** A second key that is always the same for one write. */
export function eventKey(id: string): string {
  return derivedUuid(createHash('sha256').update(`timeline ${id}`).digest('hex'));
}
