import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Measure } from '../../test/faults/measure.ts';
import type { Team } from '../../test/faults/team.ts';
import { growthPerMinute, secondHalf, type Sample } from './trend.ts';

/** What one relay's process held, over time. */
export type Series = Record<keyof Measure | 'kept', Sample[]>;

/** A new one. */
export const newSeries = (): Series => ({ rss: [], young: [], kept: [], heap: [], handles: [], files: [] });

/** Adds what was seen at a moment. What is kept is all of the memory but the young generation, which V8 sizes by the work. */
export function note(series: Series, atMs: number, measure: Measure): void {
  const seen = { ...measure, kept: measure.rss - measure.young };
  for (const what of Object.keys(series) as Array<keyof Series>)
    series[what].push({ atMs, value: seen[what] });
}

/** The most megabytes that may be added in a minute, over the second half of the time, before it counts as a leak. */
export const bounds = { kept: 1, heap: 0.25 } as const;

/** How many handles or file descriptors may be added over the whole second half. */
export const strayMax = 4;

/** What of a process grows; empty where nothing does. */
export function leaksIn(series: Series): string[] {
  const leaks: string[] = [];
  for (const what of ['kept', 'heap'] as const) {
    const growth = growthPerMinute(series[what]);
    if (growth > bounds[what])
      leaks.push(`${what} +${growth.toFixed(2)} MB a minute (at most ${bounds[what]})`);
  }
  for (const what of ['handles', 'files'] as const) {
    const half = secondHalf(series[what]);
    const minutes = ((half.at(-1)?.atMs ?? 0) - (half[0]?.atMs ?? 0)) / 60_000;
    const added = growthPerMinute(series[what]) * minutes;
    if (added > strayMax) leaks.push(`${what} +${added.toFixed(1)} (at most ${strayMax})`);
  }
  return leaks;
}

/** Size of a team's database, in megabytes. */
export async function databaseMb({ postgres, folder }: Team): Promise<number> {
  if (postgres === null) {
    const file = join(folder, 'relay', 'relay.sqlite');
    const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    return (sizeOf(file) + sizeOf(`${file}-wal`)) / 1024 / 1024;
  }
  const client = new Client(postgres.url);
  await client.connect();
  try {
    const { rows } = await client.query<{ mb: number }>(
      'SELECT pg_database_size(current_database()) / 1048576.0 AS mb',
    );
    return Number(rows[0]?.mb);
  } finally {
    await client.end();
  }
}
