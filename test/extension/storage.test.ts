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
