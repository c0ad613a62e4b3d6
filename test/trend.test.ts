import { describe, expect, it } from 'vitest';
import { feetOf, growthPerMinute, secondHalf, slopeOf, type Sample } from '../bench/soak/trend.ts';
import { leaksIn, newSeries, note } from '../bench/soak/watch.ts';

/** A value every five seconds for half an hour; `minute` and the number of the sample to go by. */
const series = (value: (minute: number, index: number) => number): Sample[] =>
  Array.from({ length: 361 }, (_, index) => ({ atMs: index * 5_000, value: value(index / 12, index) }));

/** Fills up by 40 and is collected, every 35 seconds. */
const saw = (index: number): number => (index % 7) * (40 / 7);

describe('what the soak says of memory is neither a false alarm nor blind', () => {
  it('a straight line has its slope, wherever its clock begins; a single moment has none', () => {
    const line = [0, 1, 2, 3].map((x) => ({ atMs: 1e12 + x, value: 5 + 2 * x }));
    expect(slopeOf(line)).toBeCloseTo(2, 6);
    expect(slopeOf([{ atMs: 7, value: 3 }])).toBe(0);
    expect(growthPerMinute([])).toBe(0);
  });

  it('the teeth of the garbage collector are no growth, wherever they are cut off', () => {
    for (let cut = 0; cut < 14; cut += 1) {
      const samples = series((_, index) => 100 + saw(index)).slice(0, 361 - cut);
      expect(Math.abs(growthPerMinute(samples))).toBeLessThan(0.01);
    }
  });

  it('a leak of a tenth of a megabyte in a minute is seen under teeth of forty', () => {
    const samples = series((minute, index) => 100 + saw(index) + minute * 0.1);
    expect(growthPerMinute(samples)).toBeGreaterThan(0.07);
    expect(growthPerMinute(samples)).toBeLessThan(0.13);
  });

  it('what grows in the first half and then stays is warm-up, not a leak; what grows in the second alone is one', () => {
    expect(Math.abs(growthPerMinute(series((minute) => Math.min(minute, 14) * 5)))).toBeLessThan(0.01);
    expect(growthPerMinute(series((minute) => Math.max(minute - 15, 0) * 2))).toBeCloseTo(2, 1);
  });

  it('one measurement that is far off says nothing', () => {
    const samples = series((_, index) => (index === 300 ? 900 : 100));
    expect(Math.abs(growthPerMinute(samples))).toBeLessThan(0.01);
  });

  it('a young generation that V8 makes larger is no leak; the same outside of it is one', () => {
    const grown = (where: 'young' | 'elsewhere'): string[] => {
      const one = newSeries();
      for (let minute = 0; minute <= 30; minute += 1) {
        const more = minute > 20 ? 40 : 0;
        const rss = 150 + more;
        note(one, minute * 60_000, {
          rss,
          young: where === 'young' ? 30 + more : 30,
          heap: 25,
          handles: 9,
          files: 9,
        });
      }
      return leaksIn(one);
    };
    expect(grown('young')).toEqual([]);
    expect(grown('elsewhere')).toEqual([expect.stringMatching(/^kept \+\d/)]);
  });

  it('every stretch has a foot, and the halves share the middle', () => {
    const samples = series(() => 1);
    expect(feetOf(samples)).toHaveLength(8);
    expect(secondHalf(samples)[0]?.atMs).toBe(900_000);
  });
});
