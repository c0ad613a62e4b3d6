import { afterEach, expect, test, vi } from 'vitest';
import { createClock } from '../../relay/clock.ts';

afterEach(() => void vi.useRealTimers());

const hourMs = 3_600_000;

test('a clock that is set back does not take time back: what has ended stays ended', () => {
  vi.useFakeTimers({ now: 1_000_000, toFake: ['Date', 'performance'] });
  const now = createClock();
  vi.advanceTimersByTime(500);
  expect(now()).toBe(1_000_500);
  vi.setSystemTime(1_000_000 - hourMs);
  vi.advanceTimersByTime(250);
  expect(now()).toBe(1_000_750);
});

test('a clock that is set forward, as after a sleep, is believed, and as much when the mistake is mended', () => {
  vi.useFakeTimers({ now: 1_000_000, toFake: ['Date', 'performance'] });
  const now = createClock();
  vi.setSystemTime(1_000_000 + hourMs);
  expect(now()).toBe(1_000_000 + hourMs);
  vi.setSystemTime(1_000_000);
  vi.advanceTimersByTime(10);
  expect(now()).toBe(1_000_010);
});
