import { expect, it } from 'vitest';
import { z } from 'zod';
import './background/browser.ts';
import { slot } from '../../extension/storage.ts';

it('what is cleared, or written, while a change is under way is not undone by it', async () => {
  const kept = slot('local', 'kept', z.string());
  const gate = Promise.withResolvers<string>();
  const changes = [kept.change(() => gate.promise), kept.clear()];
  gate.resolve('old');
  await Promise.all(changes);
  expect(await kept.read()).toBeNull();
  const later = Promise.withResolvers<string>();
  const writes = [kept.change(() => later.promise), kept.write('new')];
  later.resolve('old');
  await Promise.all(writes);
  expect(await kept.read()).toBe('new');
});

it('an update of a value sees what a change under way makes of it, and brings no cleared value back', async () => {
  const kept = slot('local', 'counted', z.number());
  const gate = Promise.withResolvers<number>();
  const changes = [kept.change(() => gate.promise), kept.update((value) => value + 1)];
  gate.resolve(1);
  expect(await Promise.all(changes)).toEqual([1, 2]);
  expect(await kept.read()).toBe(2);
  const [, updated] = await Promise.all([kept.clear(), kept.update((value) => value + 1)]);
  expect(updated).toBeNull();
  expect(await kept.read()).toBeNull();
});
