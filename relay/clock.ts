/**
 * Time in epoch milliseconds that never goes back behind the time that has passed since the start.
 *
 * When a wall clock is set back, an access token must not seem to live on, nor a lease or a limit last longer; when it
 * is set forward, or the machine has slept, the wall clock is believed.
 */
export function createClock(): () => number {
  const startedAtMs = Date.now();
  const startedAt = performance.now();
  return () => Math.max(Date.now(), Math.floor(startedAtMs + performance.now() - startedAt));
}
