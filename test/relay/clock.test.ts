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

test('a clock that is set forward, as after a sleep, is believed, and keeps to it when it is set back', () => {
  vi.useFakeTimers({ now: 1_000_000, toFake: ['Date', 'performance'] });
  const now = createClock();
  vi.setSystemTime(1_000_000 + hourMs);
  expect(now()).toBe(1_000_000 + hourMs);
  vi.setSystemTime(1_000_000);
  vi.advanceTimersByTime(10);
  expect(now()).toBe(1_000_010 + hourMs);
});

test('a relay that asks a thousand times in a millisecond does not hold time back', () => {
  vi.useFakeTimers({ now: 1_000_000, toFake: ['Date', 'performance'] });
  const now = createClock();
  vi.setSystemTime(1_000_000 - hourMs);
  let at = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (at += 0.4));
  for (let calls = 0; calls < 1_000; calls += 1) now();
  expect(now()).toBeGreaterThanOrEqual(1_000_400);
});
