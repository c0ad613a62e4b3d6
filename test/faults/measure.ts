import { readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { z } from 'zod';

/** What a relay's process holds, right after its garbage was collected. */
export const Measure = z.object({
  /** Megabytes. */
  rss: z.number(),
  heap: z.number(),
  /** Timers, sockets and whatever else keeps a process alive. */
  handles: z.int(),
  /** File descriptors. */
  files: z.int(),
});
/** What a relay's process holds. */
export type Measure = z.infer<typeof Measure>;

const megabyte = 1024 * 1024;

/** Collects the garbage of this process and looks at it. */
export function measure(): Measure {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    rss: rss / megabyte,
    heap: heapUsed / megabyte,
    handles: process.getActiveResourcesInfo().length,
    files: readdirSync('/proc/self/fd').length,
  };
}
