/** The machine's clock, epoch milliseconds: for what is compared with other people's clocks. */
export const wallClock = (): number => Date.now();

/**
 * Time in epoch milliseconds that never goes back, and never stands still: for lives, leases and limits.
 *
 * When the machine's clock is set back, an access token must not seem to live on; when it is set forward, or the
 * machine has slept, it is believed. After a jump that was a mistake, a restart brings the two together again.
 */
export function createClock(): () => number {
  let lastMs = wallClock();
  let lastAt = performance.now();
  return () => {
    const at = performance.now();
    // Fractions are kept: a busy relay asks more often than once in a millisecond.
    lastMs = Math.max(wallClock(), lastMs + at - lastAt);
    lastAt = at;
    return Math.floor(lastMs);
  };
}
