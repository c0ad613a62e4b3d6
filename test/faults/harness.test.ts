import { expect, test } from 'vitest';
import { relaySources } from './relay-process.ts';
import { playRun } from './run.ts';
import { openWorld } from './world.ts';

// `npm run faults` plays hundreds of seeds; these few keep the harness and the promise alive at every change.
test.for([
  { instances: 1, rotation: 'old-dies', seeds: [1, 2, 3, 4, 5, 6, 7, 8] },
  { instances: 2, rotation: 'until-used', seeds: [11, 12, 13, 14, 15, 16, 17, 18] },
] as const)(
  'C3: seeded faults at $instances real relays ($rotation): nothing lost, nothing doubled, no wrong token, nobody stuck',
  { timeout: 120_000 },
  async ({ instances, rotation, seeds }) => {
    const world = await openWorld(relaySources, instances, rotation);
    try {
      for (const seed of seeds) {
        const { lost, duplicates, wrong, stuck, ...rest } = await playRun(world, seed, false);
        expect({ lost, duplicates, wrong, stuck }, JSON.stringify(rest)).toEqual({
          lost: 0,
          duplicates: 0,
          wrong: 0,
          stuck: 0,
        });
      }
    } finally {
      await world.close();
    }
  },
);
