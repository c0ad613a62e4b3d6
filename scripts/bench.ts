import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { canPin } from '../bench/measure.ts';
import type { Figures } from '../bench/rounds.ts';
import { measureInstances, measureSizes } from '../bench/scale.ts';
import { measureStart } from '../bench/start.ts';
import { measureStorm } from '../bench/storm.ts';
import { measureWarm } from '../bench/warm.ts';
import { bundleRelay } from './build.ts';

// Ratios in one run: servers on one core, load on the other, rounds interleaved, medians.
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    only: { type: 'string' },
  },
});
const effort = values.quick ? { rounds: 3, durationMs: 1_000 } : { rounds: 7, durationMs: 2_000 };
const wants = (name: string): boolean => values.only === undefined || values.only.split(',').includes(name);

interface Goal {
  name: string;
  value: number;
  goal: string;
  met: boolean;
}
const goals: Goal[] = [];
const results: Record<string, unknown> = {};
const atLeast = (name: string, value: number, least: number): void =>
  void goals.push({ name, value, goal: `≥ ${least}`, met: value >= least });
const atMost = (name: string, value: number, most: number): void =>
  void goals.push({ name, value, goal: `≤ ${most}`, met: value <= most });

const round = (value: number): number => Math.round(value * 100) / 100;
const show = (figures: readonly Figures[]): void =>
  console.table(
    figures.map(({ name, perSecond, cpuMicros, p50, p99, spread, requests }) => ({
      name,
      'requests/s': Math.round(perSecond),
      'CPU µs/request': round(cpuMicros),
      'p50 ms': round(p50),
      'p99 ms': round(p99),
      'spread %': Math.round(spread * 100),
      requests,
    })),
  );
const pick = (figures: readonly Figures[], start: string): Figures => {
  const found = figures.find(({ name }) => name.startsWith(start));
  if (found === undefined) throw new Error(`no figures of ${start}`);
  return found;
};

await bundleRelay();
console.log(
  canPin ? 'servers on core 0, load and PostgreSQL on core 1' : 'taskset is missing: no process is pinned',
);

if (wants('warm')) {
  const figures = await measureWarm(effort);
  results['warm'] = figures;
  show(figures);
  const cpu = (name: string): number => pick(figures, name).cpuMicros;
  atLeast('warm grant, share of the floor', cpu('floor') / cpu('relay'), 0);
  atLeast('warm grant, share of its unavoidable parts', cpu('parts') / cpu('relay'), 0.75);
  atLeast('warm grant with proofs, times better-auth', cpu('better-auth') / cpu('relay'), 5);
  atLeast('without the proof check, times better-auth', cpu('better-auth') / cpu('relay without'), 12);
}
if (wants('sizes')) {
  const sizes = values.quick ? [1_000, 100_000] : [1_000, 100_000, 1_000_000];
  const figures = await measureSizes(sizes, effort);
  results['sizes'] = figures;
  show(figures);
  const [small, large] = [figures[0], figures.at(-1)];
  atMost(
    `latency at ${large?.name}, times that at ${small?.name}`,
    (large?.p50 ?? 0) / (small?.p50 ?? 1),
    1.3,
  );
}
if (wants('instances')) {
  const { figures, way } = await measureInstances(effort);
  results['instances'] = { figures, way };
  console.log(way);
  show(figures);
  const ratio = pick(figures, 'two').perSecond / pick(figures, 'one').perSecond;
  atLeast('two instances, times one', ratio, 1.8);
}
if (wants('storm')) {
  const storms = await measureStorm();
  results['storm'] = storms;
  console.table(storms);
  const [ours] = storms;
  atMost('storm of 1,000 callers: provider calls', ours?.providerCalls ?? Number.NaN, 1);
  atLeast('storm of 1,000 callers: served', ours?.served ?? 0, 1_000);
}
if (wants('start')) {
  const start = await measureStart(values.quick ? 5 : 15, values.quick ? 20_000 : 1_000_000);
  results['start'] = start;
  console.table([start]);
  atMost('start to ready, ms', start.readyMs, 200);
  atMost('idle memory, MB', start.idleMb, 75);
}

const table = goals.map(({ name, value, goal, met }) => ({
  goal: name,
  value: round(value),
  'should be': goal,
  met,
}));
console.table(table);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ goals, results }, null, 2)}\n`);
const missed = goals.filter(({ met }) => !met);
console.log(
  `${goals.length - missed.length} of ${goals.length} goals met${missed.length === 0 ? '' : `; missed: ${missed.map(({ name, value, goal }) => `${name} ${round(value)} (${goal})`).join('; ')}`}`,
);
process.exit(missed.length === 0 ? 0 : 1);
