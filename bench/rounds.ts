import { lastFailure, runLoad } from './load.ts';
import { cpuOf, median, spread } from './measure.ts';

/** One thing that is measured in turn with others. */
export interface Contender {
  name: string;
  ports: readonly number[];
  /** Processes whose CPU time counts. */
  pids: readonly number[];
  /** The requests of one round, made before it. */
  prepare(count: number): Promise<Buffer[]>;
}

/** What some rounds of one contender came to. */
export interface Figures {
  name: string;
  /** Requests in a second. */
  perSecond: number;
  /** CPU time of the server for a request, in microseconds. */
  cpuMicros: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Spread of the CPU time over the rounds, as a share. */
  spread: number;
  requests: number;
}

interface RoundOptions {
  rounds: number;
  durationMs: number;
  sockets: number;
  /** Most requests that a round can need. */
  requestsMax: number;
}

/** Rounds that do not count: the compiler is still at work. */
const warmUpRounds = 3;

/** Measures contenders in interleaved rounds (A B C, A B C, …) after some of warming up. */
export async function measure(contenders: readonly Contender[], options: RoundOptions): Promise<Figures[]> {
  const rounds = contenders.map(() => ({
    perSecond: [] as number[],
    cpuMicros: [] as number[],
    latencies: [] as number[],
    requests: 0,
  }));
  for (let round = 0; round < warmUpRounds + options.rounds; round += 1) {
    for (const [index, contender] of contenders.entries()) {
      const requests = await contender.prepare(options.requestsMax);
      let next = 0;
      const before = contender.pids.map(cpuOf);
      const result = await runLoad({
        ports: contender.ports,
        sockets: options.sockets,
        durationMs: options.durationMs,
        next: () => requests[next++] ?? null,
      });
      const used = contender.pids.reduce((sum, pid, at) => sum + cpuOf(pid) - (before[at] ?? 0), 0);
      if (result.failures > 0)
        throw new Error(`${contender.name}: ${result.failures} failures: ${lastFailure}`);
      const kept = rounds[index];
      if (round < warmUpRounds || kept === undefined) continue;
      kept.perSecond.push(result.requests / result.seconds);
      kept.cpuMicros.push(used / result.requests);
      kept.latencies.push(...result.latencies);
      kept.requests += result.requests;
    }
  }
  return rounds.map(({ perSecond, cpuMicros, latencies, requests }, index) => {
    const sorted = latencies.toSorted((a, b) => a - b);
    return {
      name: contenders[index]?.name ?? '',
      perSecond: median(perSecond),
      cpuMicros: median(cpuMicros),
      p50: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
      p99: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
      spread: spread(cpuMicros),
      requests,
    };
  });
}
