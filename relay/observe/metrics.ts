import type { Driver } from '../store/driver.ts';
import { countConnections } from '../store/overview.ts';

/** How a refresh ended: as a code of failure, or in one of these ways. */
type RefreshOutcome = 'done' | 'overtaken' | 'in-doubt' | 'not-stored' | (string & {});

/** Calls to one provider that ended in one way. */
export interface CallTally {
  providerId: string;
  /** `done`, or a code of failure. */
  outcome: string;
  calls: number;
}

/** What the relay counts. Labels are codes, provider ids and route patterns: never an id, a name or a token. */
export interface Metrics {
  /** A request was answered; `route` is its pattern, `-` where none matched. */
  answered(route: string, status: number, ms: number): void;
  /** A grant was issued or refused. */
  granted(providerId: string, outcome: string): void;
  /** A refresh ended. */
  refreshed(providerId: string, outcome: RefreshOutcome): void;
  /** A refresh waited this long for its lease. */
  leaseWait(ms: number): void;
  /** A call to a provider ended. */
  called(providerId: string, operation: string, outcome: string, ms: number): void;
  /** How many calls to providers ended how, since this process began. */
  tally(): CallTally[];
  /** Everything so far, in Prometheus' text format; null where nobody counts. */
  render(): Promise<{ type: string; text: string } | null>;
}

/** Counts nothing, at no cost. */
export const noMetrics: Metrics = {
  answered: () => undefined,
  granted: () => undefined,
  refreshed: () => undefined,
  leaseWait: () => undefined,
  called: () => undefined,
  tally: () => [],
  render: () => Promise.resolve(null),
};

/** The same metrics, which also keep in memory what the console shows of calls: one number for each provider and outcome. */
export function withTally(metrics: Metrics): Metrics {
  const tallies = new Map<string, CallTally>();
  return {
    ...metrics,
    called(providerId, operation, outcome, ms) {
      const key = `${providerId} ${outcome}`;
      const tally = tallies.get(key) ?? { providerId, outcome, calls: 0 };
      tally.calls += 1;
      tallies.set(key, tally);
      metrics.called(providerId, operation, outcome, ms);
    },
    tally: () => [...tallies.values()],
  };
}

/** How long a count of connections is shown before it is made again, in milliseconds: a million rows take a moment. */
const censusMs = 30_000;

/** Counts for Prometheus. The library is loaded only by a relay whose operator asked for metrics. */
export async function createMetrics(store: Driver, now: () => number): Promise<Metrics> {
  const { Counter, Gauge, Histogram, Registry } = await import('prom-client');
  const registry = new Registry();
  const registers = [registry];
  const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
  const answers = new Histogram({
    name: 'staffetta_http_request_duration_seconds',
    help: 'Requests by route and status.',
    labelNames: ['route', 'status'] as const,
    buckets: seconds,
    registers,
  });
  const grants = new Counter({
    name: 'staffetta_grants_total',
    help: 'Grants by provider and outcome.',
    labelNames: ['provider', 'outcome'] as const,
    registers,
  });
  const refreshes = new Counter({
    name: 'staffetta_refreshes_total',
    help: 'Refreshes by provider and outcome.',
    labelNames: ['provider', 'outcome'] as const,
    registers,
  });
  const leaseWaits = new Histogram({
    name: 'staffetta_refresh_lease_wait_seconds',
    help: 'Time a refresh waited for the lease of its connection.',
    buckets: seconds,
    registers,
  });
  const upstream = new Histogram({
    name: 'staffetta_upstream_duration_seconds',
    help: 'Calls to providers by operation and outcome.',
    labelNames: ['provider', 'operation', 'outcome'] as const,
    buckets: seconds,
    registers,
  });
  let countedAtMs = Number.NEGATIVE_INFINITY;
  const census = new Gauge({
    name: 'staffetta_connections',
    help: 'Connections by provider and state.',
    labelNames: ['provider', 'state'] as const,
    registers,
    async collect() {
      if (now() - countedAtMs < censusMs) return;
      countedAtMs = now();
      const counts = await countConnections(store);
      census.reset();
      for (const { providerId, status, count } of counts)
        census.set({ provider: providerId, state: status }, count);
    },
  });
  return {
    answered: (route, status, ms) => answers.observe({ route, status: String(status) }, ms / 1000),
    granted: (provider, outcome) => grants.inc({ provider, outcome }),
    refreshed: (provider, outcome) => refreshes.inc({ provider, outcome }),
    leaseWait: (ms) => leaseWaits.observe(ms / 1000),
    called: (provider, operation, outcome, ms) =>
      upstream.observe({ provider, operation, outcome }, ms / 1000),
    tally: () => [],
    render: async () => ({ type: registry.contentType, text: await registry.metrics() }),
  };
}
