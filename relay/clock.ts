/** The machine's clock, epoch milliseconds: for what is compared with other people's clocks. */
export const wallClock = (): number => Date.now();

/**
 * Time in epoch milliseconds that is never less than what has passed since the start: for lives, leases and limits.
 *
 * When the machine's clock is set back, an access token must not seem to live on. When it is set forward, or the machine
 * has slept, it is believed; and believed again when it comes back to where it was, as after a mistake that is mended.
 */
export function createClock(): () => number {
  const startedAtMs = wallClock();
  const startedAt = performance.now();
  return () => Math.max(wallClock(), Math.floor(startedAtMs + performance.now() - startedAt));
}
