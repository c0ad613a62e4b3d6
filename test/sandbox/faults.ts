/** What happens instead of the ordinary answer; `headers` and `contentType` alone alter the ordinary one. */
export interface Fault {
  status?: number;
  body?: unknown;
  contentType?: string;
  headers?: Record<string, string>;
  /** Never answers. */
  hang?: boolean;
  /** Drops the connection before anything is done. */
  reset?: boolean;
  /** Does the work, then drops the connection before a byte is sent; Chromium then sends the request again. */
  loseAnswer?: boolean;
  /** Does the work, then drops the connection in the middle of the answer: the caller cannot know. */
  truncate?: boolean;
  /** Does the work a second time, as when a network delivers a request twice; the second answer is the one sent. */
  duplicate?: boolean;
  /** Awaited before anything is done. */
  onArrival?(): Promise<void> | void;
  /** Awaited when the work is done and nothing is sent yet. */
  onAnswer?(): Promise<void> | void;
  /** How many requests it applies to; 1 unless said. */
  times?: number;
}

/** Faults that tests order, by method and path: `POST /oauth/token`. */
export interface Faults {
  /** Every connection is dropped while true. */
  down: boolean;
  next(route: string, fault: Fault): void;
  clear(): void;
  /** Takes the fault that applies to this request, if any. */
  take(route: string): Fault | null;
}

/** Creates an empty list of faults. */
export function createFaults(): Faults {
  const queues = new Map<string, Fault[]>();
  return {
    down: false,
    next(route, fault) {
      const copies = Array.from({ length: fault.times ?? 1 }, () => fault);
      queues.set(route, [...(queues.get(route) ?? []), ...copies]);
    },
    clear() {
      queues.clear();
      this.down = false;
    },
    take: (route) => queues.get(route)?.shift() ?? null,
  };
}
