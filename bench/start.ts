import { median, rssOf } from './measure.ts';
import { runLoad } from './load.ts';
import { meet, signGrants } from './seed.ts';
import { openSetting } from './setting.ts';

/** What starting and holding a relay costs. */
export interface Start {
  /** From the start of the process to its word that it is ready, in milliseconds. */
  readyMs: number;
  /** Memory a moment after, in MB. */
  idleMb: number;
  /** Memory after so many grants, in MB. */
  grants: number;
  afterMb: number;
}

/** Starts the bundled relay several times on a database that is there, and once lets it work. */
export async function measureStart(starts: number, grants: number): Promise<Start> {
  const setting = await openSetting(1_000, 200);
  const readyMs: number[] = [];
  const idleMb: number[] = [];
  try {
    let relay = await setting.startRelay();
    for (let count = 0; count < starts; count += 1) {
      await relay.stop();
      relay = await setting.startRelay();
      readyMs.push(relay.readyMs);
      await new Promise((resolve) => setTimeout(resolve, 500));
      idleMb.push(rssOf(relay.pid));
    }
    let done = 0;
    while (done < grants) {
      await meet(setting.callers, setting.publicUrl, relay.port);
      const requests = await signGrants(setting.callers, setting.publicUrl, Math.min(20_000, grants - done));
      let next = 0;
      const result = await runLoad({
        ports: [relay.port],
        sockets: 16,
        durationMs: 60_000,
        next: () => requests[next++] ?? null,
      });
      if (result.failures > 0) throw new Error(`${result.failures} grants failed`);
      done += result.requests;
    }
    const afterMb = rssOf(relay.pid);
    await relay.stop();
    return { readyMs: median(readyMs), idleMb: median(idleMb), grants: done, afterMb };
  } finally {
    setting.remove();
  }
}
