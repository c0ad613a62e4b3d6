import { pollDue } from './connection/device-poll.ts';
import { refreshIdle, repairInDoubt } from './connection/keepalive.ts';
import type { Deps } from './deps.ts';
import { settleIntents } from './writes/intents.ts';
import { forgetNotices } from './webhooks/delivery.ts';

/** How often unanswered attempts are looked for, in milliseconds: well within any provider's grace. */
const repairEveryMs = 5_000;

/** How often idle connections are looked for, in milliseconds. */
const idleEveryMs = 10 * 60_000;

/** How often attempts are looked for whose member may have decided, in milliseconds. */
const pollEveryMs = 1_000;

/** How often writes are looked for that are not settled, in milliseconds. */
const settleEveryMs = 2_000;

/** Does what nobody waits for, each at its own pace, until the answered function is called and has resolved. */
export function startUpkeep(deps: Deps): () => Promise<void> {
  const running = new Set<Promise<void>>();
  const every = (ms: number, work: (deps: Deps) => Promise<number>): NodeJS.Timeout => {
    let isBusy = false;
    return setInterval(() => {
      if (isBusy) return;
      isBusy = true;
      const round = work(deps)
        .catch((error: unknown) => deps.log.warn({ err: error }, 'upkeep failed'))
        .then(() => {
          isBusy = false;
          running.delete(round);
        });
      running.add(round);
    }, ms);
  };
  const timers = [
    every(repairEveryMs, repairInDoubt),
    every(idleEveryMs, refreshIdle),
    every(pollEveryMs, pollDue),
    every(settleEveryMs, settleIntents),
    every(idleEveryMs, forgetNotices),
  ];
  return async () => {
    for (const timer of timers) clearInterval(timer);
    await Promise.all(running);
  };
}
