import { parseArgs } from 'node:util';
import { openWorld } from '../test/faults/world.ts';
import { relaySources } from '../test/faults/relay-process.ts';
import { playRun, type Findings } from '../test/faults/run.ts';
import type { Rotation } from '../test/sandbox/sandbox.ts';
import { bundleRelay } from './build.ts';

// Real relays, a real database, the sandbox as provider, and a seeded fault in each run.
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '216' },
    seed: { type: 'string' },
    instances: { type: 'string' },
    rotation: { type: 'string' },
    'no-slow': { type: 'boolean', default: false },
    /** Runs the relay from its sources instead of the bundle. */
    sources: { type: 'boolean', default: false },
    /** Says nothing of runs that went as promised. */
    brief: { type: 'boolean', default: false },
  },
});
const rotations: readonly Rotation[] = ['old-stays', 'until-used', 'old-dies'];
const worlds = [1, 2, 4].flatMap((instances) => rotations.map((rotation) => ({ instances, rotation })));

/** A seed names its world as well: replaying one needs nothing else. */
const worldOf = (seed: number) =>
  worlds[seed % worlds.length] ?? { instances: 1, rotation: 'old-dies' as const };

const seeds = (
  values.seed === undefined
    ? Array.from({ length: Number(values.runs) }, (_, index) => index + 1)
    : values.seed.split(',').map(Number)
).filter((seed) => {
  const { instances, rotation } = worldOf(seed);
  return (
    (values.instances === undefined || Number(values.instances) === instances) &&
    (values.rotation === undefined || values.rotation === rotation)
  );
});

const entry = values.sources ? relaySources : 'dist/relay/relay.js';
if (!values.sources) await bundleRelay();
const isTold = values.seed !== undefined && !values.brief;
const all: Array<Findings & { instances: number; rotation: Rotation }> = [];
for (const { instances, rotation } of worlds) {
  const mine = seeds.filter((seed) => {
    const world = worldOf(seed);
    return world.instances === instances && world.rotation === rotation;
  });
  if (mine.length === 0) continue;
  const startedAt = performance.now();
  const world = await openWorld(entry, instances, rotation);
  try {
    for (const seed of mine) {
      const findings = await playRun(world, seed, !values['no-slow']);
      all.push({ ...findings, instances, rotation });
      const isBad = findings.lost + findings.duplicates + findings.wrong + findings.stuck > 0;
      if (isBad || isTold) {
        console.log(
          `${isBad ? '✗' : '✓'} seed ${seed}: ${findings.fault}: ${findings.notes.join('; ') || 'as promised'}`,
        );
        if (isTold) for (const relay of world.relays) console.log(relay.lines.slice(-40).join('\n'));
      }
    }
  } catch (error) {
    for (const relay of world.relays) console.error(relay.lines.slice(-15).join('\n'));
    throw error;
  } finally {
    await world.close();
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.log(
    `${instances} × ${instances > 1 ? 'PostgreSQL' : 'SQLite'}, ${rotation}: ${mine.length} runs in ${seconds} s`,
  );
}

const sum = (
  rows: readonly Findings[],
  key: 'lost' | 'duplicates' | 'wrong' | 'stuck' | 'interrupted' | 'callers',
): number => rows.reduce((total, row) => total + row[key], 0);
const row = (name: string, rows: readonly Findings[]): Record<string, number | string> => ({
  fault: name,
  runs: rows.length,
  callers: sum(rows, 'callers'),
  lost: sum(rows, 'lost'),
  'duplicate refreshes': sum(rows, 'duplicates'),
  'wrong tokens': sum(rows, 'wrong'),
  stuck: sum(rows, 'stuck'),
  'interrupted, no grace': sum(rows, 'interrupted'),
});
const names = [...new Set(all.map(({ fault }) => fault))].sort();
console.table(
  names.map((name) =>
    row(
      name,
      all.filter(({ fault }) => fault === name),
    ),
  ),
);
const bad = sum(all, 'lost') + sum(all, 'duplicates') + sum(all, 'wrong') + sum(all, 'stuck');
console.log(
  `${all.length} runs, ${sum(all, 'callers')} callers: ${sum(all, 'lost')} connections lost, ${sum(all, 'duplicates')} duplicate refreshes, ${sum(all, 'wrong')} wrong tokens served, ${sum(all, 'stuck')} stuck callers; ${sum(all, 'interrupted')} honestly interrupted where the provider gives no grace`,
);
process.exit(bad === 0 && all.length > 0 ? 0 : 1);
