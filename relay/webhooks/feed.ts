import { noticeBeatMs, type NoticeLine } from '../../shared/api/notices.ts';
import { noticeActionOf } from '../../shared/actions.ts';
import type { MemberId } from '../../shared/ids.ts';
import { allowsAction, type Decision } from '../../shared/policy.ts';
import type { Core } from '../core.ts';
import { listWishedNotices, type WishedNotice } from '../store/webhooks.ts';
import { openNotice } from './delivery.ts';

/** Who listens. */
interface Listener {
  memberId: MemberId;
  /** What the policy says of the member. */
  decision: Decision;
  /** The same as it is now; null once the session that opened the stream has ended. Asked now and then. */
  decide(): Promise<Decision | null>;
}

/**
 * Tells members of their notices while they listen.
 *
 * One question to the database for all streams, once a second and only while there is one: whichever instance took a
 * delivery in, every other hears of it from there.
 */
export interface NoticeFeed {
  /**
   * Lines of JSON (`NoticeLine`) until the reader goes, the session ends or the relay stops.
   *
   * @param sinceMs what was heard before, epoch milliseconds of the relay
   * @throws Failure `storage-unavailable`
   */
  open(listener: Listener, sinceMs: number): ReadableStream<Uint8Array>;
  /** Ends every stream. */
  stop(): void;
}

/** How often the database is asked, in milliseconds. */
const lookEveryMs = 1_000;

/** How far back each look reaches, in milliseconds: a transaction may have been slower than its own time. */
const overlapMs = 10_000;

/** Most notices that one look takes up. */
const batchSize = 500;

/** Longest life of a stream, in milliseconds: afterwards the extension proves again who it is. */
const lifeMs = 10 * 60_000;

/** Streams that one relay keeps at most. */
const streamsMax = 5_000;

interface Stream extends Listener {
  send(line: NoticeLine): void;
  end(): void;
  /** Ids that were told on this stream. */
  told: Set<string>;
  openedAtMs: number;
}

type FeedDeps = Pick<Core, 'store' | 'vault' | 'log' | 'now'>;

/** Creates the feed of one relay process. */
export function createNoticeFeed(deps: FeedDeps): NoticeFeed {
  const streams = new Set<Stream>();
  let timers: NodeJS.Timeout[] = [];
  let isLooking = false;
  let isStopped = false;

  const tell = (stream: Stream, found: readonly WishedNotice[]): void => {
    for (const stored of found) {
      if (stored.memberId !== stream.memberId || stream.told.has(stored.id)) continue;
      const action = noticeActionOf(stored.providerId);
      if (action === null || !allowsAction(stream.decision, action)) continue;
      stream.told.add(stored.id);
      try {
        stream.send({ notice: openNotice(deps, stored) });
      } catch (error) {
        // One that does not open must not silence the others, nor keep a stream from opening.
        deps.log.warn({ err: error }, 'a notice does not open');
      }
    }
  };
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      const found = await listWishedNotices(deps.store, deps.now() - overlapMs, null, batchSize);
      for (const stream of streams) tell(stream, found);
    } catch (error) {
      deps.log.warn({ err: error }, 'notices could not be looked for');
    } finally {
      isLooking = false;
    }
  };
  const beat = (): void => {
    for (const stream of streams) {
      if (deps.now() - stream.openedAtMs > lifeMs) {
        stream.end();
        continue;
      }
      void stream.decide().then(
        (decision) => {
          if (decision === null) return stream.end();
          stream.decision = decision;
          stream.send({ beatAtMs: deps.now() });
        },
        () => stream.end(),
      );
    }
  };
  const add = (stream: Stream): void => {
    streams.add(stream);
    if (timers.length > 0) return;
    timers = [setInterval(() => void look(), lookEveryMs), setInterval(beat, noticeBeatMs)];
  };
  const remove = (stream: Stream): void => {
    streams.delete(stream);
    if (streams.size > 0) return;
    for (const timer of timers) clearInterval(timer);
    timers = [];
  };

  return {
    open(listener, sinceMs) {
      let stream: Stream | null = null;
      const encoder = new TextEncoder();
      return new ReadableStream<Uint8Array>({
        async start(controller) {
          const own: Stream = {
            ...listener,
            told: new Set(),
            openedAtMs: deps.now(),
            send(line) {
              // A reader that has stopped reading is let go rather than remembered for.
              if ((controller.desiredSize ?? 0) < -batchSize) return own.end();
              controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`));
            },
            end() {
              if (!streams.has(own)) return;
              remove(own);
              controller.close();
            },
          };
          stream = own;
          add(own);
          if (isStopped || streams.size > streamsMax) return own.end();
          own.send({ beatAtMs: deps.now() });
          const missed = await listWishedNotices(
            deps.store,
            Math.max(sinceMs - overlapMs, 0),
            listener.memberId,
            batchSize,
          );
          if (streams.has(own)) tell(own, missed);
        },
        cancel() {
          if (stream !== null) remove(stream);
        },
      });
    },
    stop() {
      isStopped = true;
      for (const stream of streams) stream.end();
    },
  };
}
