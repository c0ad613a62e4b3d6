import { readdirSync } from 'node:fs';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { z } from 'zod';

/** What a relay's process holds, right after its garbage was collected. */
export const Measure = z.object({
  /** Megabytes, as all memory here. */
  rss: z.number(),
  /** Of it V8's young generation: its size follows the pace of the work, and no object stays there. */
  young: z.number(),
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
  const young = getHeapSpaceStatistics()
    .filter(({ space_name }) => space_name.startsWith('new_'))
    .reduce((sum, { physical_space_size }) => sum + physical_space_size, 0);
  return {
    rss: rss / megabyte,
    young: young / megabyte,
    heap: heapUsed / megabyte,
    handles: process.getActiveResourcesInfo().length,
    files: readdirSync('/proc/self/fd').length,
  };
}
