/** One measurement: milliseconds on any clock, and the value in any unit. */
export interface Sample {
  atMs: number;
  value: number;
}

/** How many stretches of time each contribute one point to a trend. */
const stretches = 8;

/** The line through `samples` that is nearest to all of them (least squares): by how much it rises in a millisecond. */
export function slopeOf(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const atMean = mean(({ atMs }) => atMs);
  const valueMean = mean(({ value }) => value);
  const spread = samples.reduce((sum, { atMs }) => sum + (atMs - atMean) ** 2, 0);
  if (spread === 0) return 0;
  const together = samples.reduce((sum, { atMs, value }) => sum + (atMs - atMean) * (value - valueMean), 0);
  return together / spread;
}

/**
 * The lowest sample of each of some equal stretches of time.
 *
 * Memory goes up and down with the garbage in it, like a saw; what is kept for good raises the feet of the teeth.
 */
export function feetOf(samples: readonly Sample[]): Sample[] {
  const [first, last] = [samples[0]?.atMs ?? 0, samples.at(-1)?.atMs ?? 0];
  const lengthMs = (last - first) / stretches;
  const feet = new Map<number, Sample>();
  for (const sample of samples) {
    const place = lengthMs === 0 ? 0 : Math.min(Math.floor((sample.atMs - first) / lengthMs), stretches - 1);
    const foot = feet.get(place);
    if (foot === undefined || sample.value < foot.value) feet.set(place, sample);
  }
  return [...feet.values()];
}

/** The samples of the second half of the time: in the first, caches fill and code is compiled. */
export function secondHalf(samples: readonly Sample[]): Sample[] {
  const [first, last] = [samples[0]?.atMs ?? 0, samples.at(-1)?.atMs ?? 0];
  return samples.filter(({ atMs }) => atMs >= (first + last) / 2);
}

/** By how much the feet rise in a minute over the second half of the time. */
export const growthPerMinute = (samples: readonly Sample[]): number =>
  slopeOf(feetOf(secondHalf(samples))) * 60_000;
