import { expect, it } from 'vitest';
import { createLifetime } from '../../scripts/lifetime.ts';

/** A lifetime that writes down what ends, and how. */
function open() {
  const told: string[] = [];
  const lifetime = createLifetime((code) => told.push(`exit ${code}`));
  const part = (name: string) => ({ close: async () => void told.push(name) });
  return { told, lifetime, part };
}

it('parts close in reverse order and once, however often the end is asked for; the first code counts', async () => {
  const { told, lifetime, part } = open();
  await lifetime.start(async () => part('shop'));
  await lifetime.start(async () => part('relay'));
  await Promise.all([lifetime.stop(0), lifetime.stop(1)]);
  expect(told).toEqual(['relay', 'shop', 'exit 0']);
});

it('a part that still starts when the end is asked for is closed too, and no further one starts', async () => {
  const { told, lifetime, part } = open();
  await lifetime.start(async () => part('shop'));
  const relay = Promise.withResolvers<ReturnType<typeof part>>();
  const isStarting = lifetime.start(() => relay.promise);
  const isStopping = lifetime.stop(0);
  void lifetime.start(async () => part('browser'));
  relay.resolve(part('relay'));
  await Promise.all([isStarting, isStopping]);
  expect(told).toEqual(['relay', 'shop', 'exit 0']);
});

it('a part that fails to start, or to close, keeps none of the others open', async () => {
  const { told, lifetime, part } = open();
  await lifetime.start(async () => part('shop'));
  await lifetime.start(async () => ({ close: () => Promise.reject(new Error('stuck')) }));
  await expect(lifetime.start(() => Promise.reject(new Error('no Chromium')))).rejects.toThrow('no Chromium');
  await lifetime.stop(1);
  expect(told).toEqual(['shop', 'exit 1']);
});
