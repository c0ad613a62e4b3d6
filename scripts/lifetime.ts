/** A part of what a script starts: a server, a browser, a folder. */
interface Part {
  close(): Promise<void>;
}

/** Parts that a script starts one after the other, and their common end. */
export interface Lifetime {
  /** Starts a part with `work`. It is closed with the rest, also when the end is asked for while it still starts. */
  start<Started extends Part>(work: () => Promise<Started>): Promise<Started>;
  /** Closes every part, the last one first, and ends the process with the `code` of the first call. */
  stop(code: number): Promise<void>;
  /** True once the end was asked for: a failure after that is a part that went away. */
  isStopping(): boolean;
}

/** A part that does not close within this time is left to the end of the process. */
const closeMsMax = 10_000;

/** Begins a lifetime; `exit` ends the process. */
export function createLifetime(exit: (code: number) => void): Lifetime {
  const parts: Part[] = [];
  let starting: Promise<unknown> = Promise.resolve();
  let stopping: Promise<void> | null = null;

  const close = async (part: Part): Promise<void> => {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, closeMsMax);
    await Promise.race([part.close(), late.promise]).catch(() => undefined);
    clearTimeout(timer);
  };
  const closeAll = async (code: number): Promise<void> => {
    await starting;
    for (const part of parts.toReversed()) await close(part);
    exit(code);
  };

  return {
    async start(work) {
      // Ctrl-C may come while `work` runs. The parts before it are closed by then, so this one would wait for nothing.
      if (stopping !== null) return new Promise(() => undefined);
      const started = work();
      starting = started.then(
        (part) => parts.push(part),
        () => undefined,
      );
      const part = await started;
      await starting;
      return part;
    },
    stop: (code) => (stopping ??= closeAll(code)),
    isStopping: () => stopping !== null,
  };
}

/**
 * Ends the process by `lifetime` at Ctrl-C.
 *
 * The signal comes twice, from the terminal and from the script that started this one: every one after the first is ignored.
 */
export function stopAtSignals(lifetime: Lifetime): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void lifetime.stop(0));
}
