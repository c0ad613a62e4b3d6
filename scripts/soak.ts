import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { kinds, startLoad } from '../bench/soak/load.ts';
import { feetOf, growthPerMinute } from '../bench/soak/trend.ts';
import { bounds, databaseMb, leaksIn, newSeries, note, strayMax } from '../bench/soak/watch.ts';
import { openTeam } from '../test/faults/team.ts';
import { bundleRelay } from './build.ts';

// Two teams at work for as long as told: one relay on SQLite, two on PostgreSQL. What grows, and what fails, is told.
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error('--minutes must be a number');
const endsAt = performance.now() + minutes * 60_000;
const intervalMs = Math.min(Math.max(minutes * 1_000, 2_000), 20_000);

await bundleRelay();
const stacks = [
  { name: 'one relay, SQLite', instances: 1 },
  { name: 'two relays, PostgreSQL', instances: 2 },
];
const running = await Promise.all(
  stacks.map(async ({ name, instances }) => {
    // Grants are asked for with a minute to spare: each token is renewed every few seconds.
    const team = await openTeam({
      entry: 'dist/relay/relay.js',
      instances,
      accessSeconds: 75,
      vaultKey: randomBytes(32).toString('base64'),
    });
    await team.start();
    const load = await startLoad(team);
    const series = team.relays.map(() => newSeries());
    return { name, team, load, series, refreshes: 0, firstMb: await databaseMb(team) };
  }),
);
const startedAt = performance.now();

/** Each relay, at rest and with its garbage collected. */
async function look(): Promise<void> {
  for (const stack of running) {
    const { team, load, series } = stack;
    await load.rest();
    for (const [index, relay] of team.relays.entries()) {
      const one = series[index];
      const measure = await relay.measure();
      if (one !== undefined) note(one, performance.now() - startedAt, measure);
    }
    stack.refreshes += team.sandbox.exchanges.filter(({ path }) => path === '/oauth/token').length;
    // The imitations remember everything; here nobody asks them.
    team.sandbox.exchanges.length = 0;
    team.stora.exchanges.length = 0;
    load.resume();
  }
}

while (performance.now() < endsAt) {
  await look();
  await pause(Math.min(intervalMs, Math.max(endsAt - performance.now(), 0)));
}
await look();
const soakedMs = performance.now() - startedAt;

const faults: string[] = [];
const at = (sorted: readonly number[], share: number): string =>
  (sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN).toFixed(1);
const calls: Array<Record<string, string | number>> = [];
const processes: Array<Record<string, string | number>> = [];
for (const { name, team, load, series, refreshes, firstMb } of running) {
  await load.stop();
  for (const kind of kinds) {
    const { calls: count, again, failures, latencies } = load.tallies[kind];
    const sorted = latencies.toSorted((a, b) => a - b);
    const errors = failures.length + again;
    calls.push({
      stack: name,
      call: kind,
      count,
      errors,
      'p50 ms': at(sorted, 0.5),
      'p99 ms': at(sorted, 0.99),
    });
    if (errors > 0 || count === 0) {
      faults.push(
        `${name}, ${kind}: ${errors} errors in ${count} calls; ${failures.slice(0, 3).join(' | ')}`,
      );
    }
  }
  calls.push({
    stack: name,
    call: 'refresh at the provider',
    count: refreshes,
    errors: 0,
    'p50 ms': '',
    'p99 ms': '',
  });
  for (const [index, one] of series.entries()) {
    const span = (what: keyof typeof one, digits: number): string =>
      `${one[what][0]?.value.toFixed(digits)} → ${one[what].at(-1)?.value.toFixed(digits)}`;
    processes.push({
      relay: `${name}, ${index + 1}`,
      'RSS MB': span('rss', 0),
      'young MB': span('young', 0),
      'the rest, lowest of each eighth': feetOf(one.kept)
        .map(({ value }) => value.toFixed(0))
        .join(' '),
      'MB a minute': growthPerMinute(one.kept).toFixed(2),
      'heap MB': span('heap', 1),
      'heap MB a minute': growthPerMinute(one.heap).toFixed(3),
      handles: span('handles', 0),
      files: span('files', 0),
    });
    faults.push(...leaksIn(one).map((leak) => `${name}, relay ${index + 1}: ${leak}`));
  }
  console.log(`${name}: database ${firstMb.toFixed(1)} → ${(await databaseMb(team)).toFixed(1)} MB`);
  await team.close();
}
console.table(calls);
console.table(processes);
console.log(
  `${(soakedMs / 60_000).toFixed(1)} minutes; growth is of the second half; at most ${bounds.kept} MB outside the young generation and ${bounds.heap} MB heap a minute, ${strayMax} handles or files in all`,
);
for (const fault of faults) console.error(`✗ ${fault}`);
if (faults.length === 0) console.log('nothing failed, nothing grew');
process.exit(faults.length === 0 ? 0 : 1);
