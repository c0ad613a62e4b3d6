import { randomBytes } from 'node:crypto';
import { Failure } from '../../shared/failure.ts';
import type { Log } from '../observe/log.ts';
import { digest } from '../keys/random.ts';
import type { Driver } from '../store/driver.ts';
import { addCount, deleteCountsBefore } from '../store/rates.ts';

/**
 * How many requests are answered in a minute, for each kind of key.
 *
 * A person works with some ten requests a minute; the numbers leave room for a page that is reloaded in anger, and for
 * a whole team behind one address.
 */
export const limitsPerMinute = {
  /** Everybody together. */
  all: 60_000,
  /** Requests without a session, from one address: enrolments, sessions, the browser's hops of a login. */
  anonymous: 300,
  /** Requests from one address whose proof or session was refused. */
  refused: 600,
  /** Enrolments from one address: each is a guess at an invite. */
  enrolment: 20,
  /** Short invites that were wrong, from anywhere: forty bits stand against as many guesses. */
  guess: 120,
  installation: 600,
  member: 1_200,
  /** Logins begun or finished by one installation. */
  flow: 30,
  /** Deliveries to one webhook, good or bad. */
  webhook: 600,
} as const;

/** What a limit counts by. */
export type LimitKind = keyof typeof limitsPerMinute;

/** Counts requests and refuses the ones over a limit. */
export interface Limits {
  /**
   * Counts one request of `key`.
   *
   * @throws Failure `rate-limited`, with the seconds until the next window
   */
  take(kind: LimitKind, key: string): void;
  /** Refuses if `key` is over its limit already; counts nothing. */
  check(kind: LimitKind, key: string): void;
  /** Tells the other instances of this relay what was counted, and learns what they have. */
  exchange(): Promise<void>;
}

interface LimitsOptions {
  store: Driver;
  log: Log;
  now(): number;
  /** Multiplies every limit. */
  factor?: number;
}

const windowMs = 60_000;

/** Part of its limit from which a key is shared with the other instances. */
const sharedFrom = 1 / 8;

/** How many keys are shared in a window at most. */
const sharedMax = 5_000;

/** What the instances know together of a busy key. */
interface Shared {
  /** Counted here and not yet told. */
  untold: number;
  /** Counted by the others. */
  others: number;
}

/**
 * Creates limits whose memory is the same for ten keys and for ten million.
 *
 * Counts are kept in a count-min sketch: four cells for each key in fixed arrays, the smallest of which is never below
 * the truth. A flood of a million keys adds some eight to everybody's count, far below any limit. Keys that have used a
 * notable part of their limit are shared between instances about once a second.
 */
export function createLimits({ store, log, now, factor = 1 }: LimitsOptions): Limits {
  const sketch = createSketch();
  let shared = new Map<string, Shared>();
  let all = 0;
  let window = Math.floor(now() / windowMs);

  const turn = (): void => {
    const current = Math.floor(now() / windowMs);
    if (current === window) return;
    window = current;
    all = 0;
    sketch.clear();
    shared = new Map();
  };
  const refuse = (): never => {
    const leftMs = (window + 1) * windowMs - now();
    throw new Failure('rate-limited', {
      retryAfterSeconds: Math.min(Math.max(Math.ceil(leftMs / 1000), 1), 60),
    });
  };

  return {
    take(kind, key) {
      turn();
      const limit = limitsPerMinute[kind] * factor;
      if (kind === 'all') {
        all += 1;
        if (all > limit) refuse();
        return;
      }
      const name = `${kind}:${key}`;
      const own = sketch.add(name);
      let together = shared.get(name);
      if (together === undefined && own > limit * sharedFrom && shared.size < sharedMax) {
        together = { untold: own - 1, others: 0 };
        shared.set(name, together);
      }
      if (together !== undefined) together.untold += 1;
      if (own + (together?.others ?? 0) > limit) refuse();
    },
    check(kind, key) {
      turn();
      const name = `${kind}:${key}`;
      if (sketch.read(name) + (shared.get(name)?.others ?? 0) >= limitsPerMinute[kind] * factor) refuse();
    },
    async exchange() {
      turn();
      const told = window;
      const counts = shared;
      try {
        for (const [name, count] of counts) {
          const { untold } = count;
          const total = await addCount(store, digest(name), told, untold);
          count.untold -= untold;
          count.others = Math.max(total - sketch.read(name), 0);
        }
        await deleteCountsBefore(store, told);
      } catch (error) {
        // Each instance still keeps its own limits.
        log.warn({ err: error }, 'limits could not be shared');
      }
    },
  };
}

const rows = 4;
const width = 2 ** 17;
const cellMax = 2 ** 16 - 1;

/** A count-min sketch with conservative update; one mebibyte. */
function createSketch() {
  const cells = Array.from({ length: rows }, () => new Uint16Array(width));
  // Unknown to those who choose keys, so that they cannot choose ones that share a legitimate key's cells.
  const [seed, step] = [randomBytes(4).readUInt32LE(), randomBytes(4).readUInt32LE() | 1];
  const places = new Uint32Array(rows);

  const locate = (key: string): number => {
    let first = seed;
    let second = step;
    for (let index = 0; index < key.length; index += 1) {
      const code = key.charCodeAt(index);
      first = Math.imul(first ^ code, 0x01000193) ^ (first >>> 15);
      second = Math.imul(second + code, 0x85ebca6b) ^ (second >>> 13);
    }
    let least = cellMax;
    for (let row = 0; row < rows; row += 1) {
      const place = (first + Math.imul(row, second | 1)) >>> 15;
      places[row] = place;
      least = Math.min(least, cells[row]?.[place] ?? 0);
    }
    return least;
  };
  return {
    read: locate,
    /** Counts one more; answers the new count. */
    add(key: string): number {
      const count = Math.min(locate(key) + 1, cellMax);
      for (let row = 0; row < rows; row += 1) {
        const line = cells[row];
        const place = places[row] ?? 0;
        if (line !== undefined && (line[place] ?? 0) < count) line[place] = count;
      }
      return count;
    },
    clear(): void {
      for (const line of cells) line.fill(0);
    },
  };
}
