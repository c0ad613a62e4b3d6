import { Failure } from '../../shared/failure.ts';
import type { ConnectionId, MemberId } from '../../shared/ids.ts';
import type { AuditEvent, AuditSubject } from '../audit.ts';
import type { ConfiguredProvider } from '../config/provider-settings.ts';
import type { Core } from '../core.ts';
import { providerTimeoutMs, refreshTokens, takeBack, type TokenSet } from '../provider/oauth.ts';
import { observeProvider } from '../observe/provider-call.ts';
import { ProviderFailure } from '../provider/failure.ts';
import { markConnectionEnded, releaseLease, replaceTokens, takeLease } from '../store/refreshes.ts';
import { findConnection, type StoredConnection } from '../store/connections.ts';
import { openToken, sealTokens } from './tokens.ts';

/**
 * Refreshes connections: at most one request to the provider at a time for each, over all processes on one database.
 *
 * In one process callers share a promise; between processes a lease with a fencing number stands in the connection's
 * row. The attempt is written down before the provider is asked, and the rotated token is committed before any caller
 * sees the new access token. An attempt whose answer never arrived is repeated with the same refresh token: a provider
 * with any grace then answers as if for the first time, one without says `invalid_grant` and the connection ends as
 * `interrupted`. `docs/refresh.md` has the whole story.
 */
export interface Refresher {
  /**
   * @param isFresh whether the connection, as just read, needs no refresh (any more)
   * @param subject who asked, for the audit log
   * @returns the connection as it is afterwards
   * @throws Failure `revoked` · `expired` · `interrupted` · `not-found` · `provider-down` · `provider-misconfigured` ·
   *   `provider-refused` · `provider-unexpected` · `storage-unavailable`
   */
  refresh(
    id: ConnectionId,
    memberId: MemberId,
    isFresh: (connection: StoredConnection) => boolean,
    subject?: AuditSubject,
  ): Promise<StoredConnection>;
  /** Waits until every answer of a provider that is in hand has been stored, for `withinMs` at most. */
  drain(withinMs: number): Promise<void>;
}

/** How long a lease lasts, in milliseconds: longer than any request to a provider, so that it ends only by a crash. */
const leaseMs = providerTimeoutMs + 4_000;

/** How long a caller waits for another process's refresh, in milliseconds. */
const waitMs = 9_000;

/** Pauses between looks at another process's refresh, in milliseconds. */
const lookMs = { first: 15, last: 250 };

/** An attempt in doubt is repeated at once if it failed this fast, in milliseconds; otherwise the caller's time is up. */
const repeatWithinMs = 2_000;

/** Pauses after failures in a row, in milliseconds; the provider's own `Retry-After` may be longer. */
const backoffMs = { first: 1_000, last: 60_000 };

/** Longest wait that is believed, in milliseconds: further ahead only a jumped clock can be. */
const waitMaxMs = 3_600_000;

/** Pauses between attempts to store an answer in hand, in milliseconds. */
const storeAgainMs = { first: 50, last: 1_000 };

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Creates the refresher of one process. */
export function createRefresher(deps: Core): Refresher {
  const flights = new Map<ConnectionId, Promise<StoredConnection>>();
  /** Answers that could not be stored yet. Each is the only copy of a rotated token: it is never let go. */
  const unstored = new Map<ConnectionId, Promise<void>>();
  /** Until when a provider wants to be left alone, epoch milliseconds. */
  const throttled = new Map<string, number>();
  let isDraining = false;

  const attempt: Attempt = { deps, throttled, keep };

  function keep(id: ConnectionId, store: () => Promise<unknown>): void {
    const stored = (async () => {
      for (let wait = storeAgainMs.first; !isDraining; wait = Math.min(wait * 2, storeAgainMs.last)) {
        await pause(wait);
        const isDone = await store().then(
          () => true,
          () => false,
        );
        if (isDone) return;
      }
      await store().catch((error: unknown) => {
        deps.log.error(
          { connectionId: id, err: error },
          'a refreshed token could not be stored before the end',
        );
      });
    })().finally(() => unstored.delete(id));
    unstored.set(id, stored);
  }

  return {
    refresh(id, memberId, isFresh, subject = {}) {
      // The database is away, and with it the only place where the answer in hand may go first.
      if (unstored.has(id)) return Promise.reject(new Failure('storage-unavailable'));
      let flight = flights.get(id);
      if (flight === undefined) {
        flight = refreshOnce(attempt, id, memberId, isFresh, subject).finally(() => flights.delete(id));
        flights.set(id, flight);
      }
      return flight;
    },
    async drain(withinMs) {
      isDraining = true;
      const all = async (): Promise<void> => {
        await Promise.allSettled(flights.values());
        await Promise.allSettled(unstored.values());
      };
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, withinMs);
      await Promise.race([all(), late.promise]);
      // A timer that nobody waits for would keep the process.
      clearTimeout(timer);
    },
  };
}

/** What one refresh works with. */
interface Attempt {
  deps: Core;
  throttled: Map<string, number>;
  /** Goes on trying to store an answer after its callers have been told that the database is away. */
  keep(id: ConnectionId, store: () => Promise<unknown>): void;
}

async function refreshOnce(
  attempt: Attempt,
  id: ConnectionId,
  memberId: MemberId,
  isFresh: (connection: StoredConnection) => boolean,
  subject: AuditSubject,
): Promise<StoredConnection> {
  const { deps, throttled } = attempt;
  const startedAt = performance.now();
  for (let look = lookMs.first; ; look = Math.min(look * 2, lookMs.last)) {
    // Read each time: whoever held the lease has done the work by now.
    const connection = await readActive(deps, id, memberId);
    if (isFresh(connection)) return connection;
    const configured = deps.config.providers.get(connection.providerId);
    if (configured === undefined) throw new Failure('provider-misconfigured');
    refuseEarly(deps, connection, throttled);
    const refreshToken = openToken(deps.vault, connection, 'refreshToken');
    if (refreshToken === null) return end(deps, connection, 'expired', subject);
    const lease = await begin(deps, connection, subject);
    if (lease !== null) {
      deps.metrics.leaseWait(performance.now() - startedAt);
      return ask(attempt, { connection, configured, refreshToken, lease, subject });
    }
    if (performance.now() - startedAt > waitMs) throw new Failure('provider-down', { retryAfterSeconds: 1 });
    await pause(look * (0.5 + Math.random() / 2));
  }
}

/** Refuses while the provider, or the last failure, wants a pause. */
function refuseEarly(deps: Core, connection: StoredConnection, throttled: Map<string, number>): void {
  const untilMs = Math.max(connection.refreshNotBeforeMs, throttled.get(connection.providerId) ?? 0);
  const leftMs = untilMs - deps.now();
  if (leftMs <= 0 || leftMs > waitMaxMs) return;
  throw new Failure('provider-down', { retryAfterSeconds: Math.ceil(leftMs / 1000) });
}

/** A right to ask, for as long as it lasts. */
interface Lease {
  fence: number;
  /** Moment of `performance.now()` after which the request must not be sent any more. */
  sendBefore: number;
}

/** Takes the lease and writes the attempt down, both or neither; null where another process is at it. */
async function begin(deps: Core, connection: StoredConnection, subject: AuditSubject): Promise<Lease | null> {
  const sendBefore = performance.now() + leaseMs - providerTimeoutMs;
  const fence = await deps.store.transaction(async (statements) => {
    const taken = await takeLease(statements, connection, deps.now(), leaseMs);
    if (taken !== null) await note(deps, 'refresh_started', connection, subject, statements);
    return taken;
  });
  return fence === null ? null : { fence, sendBefore };
}

interface Request {
  connection: StoredConnection;
  configured: ConfiguredProvider;
  refreshToken: string;
  lease: Lease;
  subject: AuditSubject;
}

/** Asks the provider, once more if its first answer was lost, and stores what it says. */
async function ask(attempt: Attempt, request: Request): Promise<StoredConnection> {
  const { deps } = attempt;
  const { connection, configured, refreshToken, lease, subject } = request;
  const startedAt = performance.now();
  // An earlier attempt whose answer nobody has stored: from now on `invalid_grant` may be our own doing.
  let isInDoubt = connection.refreshAskedAtMs !== null;
  for (;;) {
    // This process may have been stopped in between; by now somebody else may hold the lease.
    if (performance.now() > lease.sendBefore) throw new Failure('provider-down', { retryAfterSeconds: 1 });
    try {
      const tokens = await observeProvider(deps, connection.providerId, 'refresh', () =>
        refreshTokens(configured, connection.method, refreshToken, connection.scopes ?? [], deps.now()),
      );
      return await store(attempt, request, tokens);
    } catch (error) {
      if (!(error instanceof ProviderFailure)) throw error;
      if (error.code === 'revoked') {
        return await end(
          deps,
          connection,
          isInDoubt ? 'interrupted' : endOf(deps, connection, configured),
          subject,
        );
      }
      const isFirst = !isInDoubt;
      isInDoubt ||= error.mayHaveActed;
      if (isFirst && isInDoubt && performance.now() - startedAt < repeatWithinMs) continue;
      await release(attempt, request, error, isInDoubt);
      deps.metrics.refreshed(connection.providerId, isInDoubt ? 'in-doubt' : error.code);
      throw error;
    }
  }
}

/** The provider says only `invalid_grant`; its own idle limit tells "expired" from "taken back". */
function endOf(deps: Core, connection: StoredConnection, { provider }: ConfiguredProvider) {
  const { refreshIdleSeconds } = provider.tokens;
  const idleMs = deps.now() - connection.refreshedAtMs;
  return refreshIdleSeconds !== null && idleMs >= refreshIdleSeconds * 1000 ? 'expired' : 'revoked';
}

/** Commits the tokens before anybody sees them. */
async function store(attempt: Attempt, request: Request, tokens: TokenSet): Promise<StoredConnection> {
  const { deps } = attempt;
  const { connection, subject } = request;
  const sealed = sealTokens(deps.vault, connection, tokens);
  const commit = (): Promise<boolean> =>
    deps.store.transaction(async (statements) => {
      const { id, tokenVersion } = connection;
      const isStored = await replaceTokens(statements, id, tokenVersion, sealed, deps.now());
      if (isStored) {
        const token = tokens.accessToken;
        await note(deps, 'connection_refreshed', connection, { ...subject, token }, statements);
      }
      return isStored;
    });
  try {
    // Not stored: a disconnect, another login, or an answer that came after ours. It stands.
    const isStored = await commit();
    if (!isStored) await takeBackLate(request, tokens, deps);
    deps.metrics.refreshed(connection.providerId, isStored ? 'done' : 'overtaken');
  } catch (error) {
    attempt.keep(connection.id, commit);
    deps.metrics.refreshed(connection.providerId, 'not-stored');
    throw error;
  }
  return readActive(deps, connection.id, connection.memberId);
}

/** Tokens that arrived after a disconnect are taken back, where the provider can: nobody else knows of them. */
async function takeBackLate(request: Request, tokens: TokenSet, { store }: Core): Promise<void> {
  const { connection, configured } = request;
  const left = await findConnection(store, connection.id, connection.memberId);
  if (left === null) await takeBack(configured, connection.method, tokens);
}

/** Gives the lease back after a failure and says when the next attempt may be made. */
async function release(
  { deps, throttled }: Attempt,
  { connection, lease, subject }: Request,
  error: ProviderFailure,
  isInDoubt: boolean,
): Promise<void> {
  const nowMs = deps.now();
  const isDown = error.code === 'provider-down' || isInDoubt;
  const failures = isDown ? connection.refreshFailures + 1 : 0;
  const notBeforeMs = isDown ? nowMs + pauseAfter(error, failures) : 0;
  if (error.isThrottled) throttled.set(connection.providerId, notBeforeMs);
  const after = {
    refreshAskedAtMs: isInDoubt ? (connection.refreshAskedAtMs ?? nowMs) : null,
    refreshFailures: failures,
    refreshNotBeforeMs: notBeforeMs,
  };
  try {
    await deps.store.transaction(async (statements) => {
      await releaseLease(statements, connection.id, lease.fence, after);
      if (isInDoubt && connection.refreshAskedAtMs === null) {
        await note(deps, 'refresh_in_doubt', connection, subject, statements);
      }
    });
  } catch (fault) {
    // Then it ends by itself; what happened to the request is what the caller must hear.
    deps.log.warn({ connectionId: connection.id, err: fault }, 'a lease could not be given back');
  }
}

/** How long nobody asks again, in milliseconds: what the provider wants, or a growing pause that differs each time. */
function pauseAfter({ askedSeconds }: ProviderFailure, failures: number): number {
  if (askedSeconds !== null) return askedSeconds * 1000;
  const wholeMs = Math.min(backoffMs.first * 2 ** (failures - 1), backoffMs.last);
  return Math.ceil(wholeMs * (0.5 + Math.random() / 2));
}

async function end(
  deps: Core,
  connection: StoredConnection,
  status: 'expired' | 'revoked' | 'interrupted',
  subject: AuditSubject,
): Promise<StoredConnection> {
  await deps.store.transaction(async (statements) => {
    const hasEnded = await markConnectionEnded(statements, connection.id, connection.tokenVersion, status);
    if (hasEnded) await note(deps, 'connection_ended', connection, subject, statements);
  });
  deps.metrics.refreshed(connection.providerId, status);
  // Ended, or changed meanwhile by whoever was faster: their tokens are as good.
  return readActive(deps, connection.id, connection.memberId);
}

async function readActive(
  { store }: Pick<Core, 'store'>,
  id: ConnectionId,
  memberId: MemberId,
): Promise<StoredConnection> {
  const connection = await findConnection(store, id, memberId);
  if (connection === null) throw new Failure('not-found');
  if (connection.status !== 'active') throw new Failure(connection.status);
  return connection;
}

function note(
  { audit }: Core,
  event: AuditEvent,
  connection: StoredConnection,
  subject: AuditSubject,
  statements?: Parameters<Core['audit']['recordIn']>[0],
): Promise<void> {
  const { id: connectionId, memberId, providerId } = connection;
  const entry = { ...subject, event, connectionId, memberId, providerId };
  return statements === undefined ? audit.record(entry) : audit.recordIn(statements, entry);
}
