import { expect, it } from 'vitest';
import { claimMs, claimWrite, settleWrite } from '../../../shared/api/writes.ts';
import { openRelay } from '../harness.ts';

const key = 'a'.repeat(64);

it('of two members who are about to make the same thing one may, and the other looks', async () => {
  const relay = await openRelay();
  const [mario, anna] = [await relay.join('Mario Rossi'), await relay.join('Anna Bianchi')];
  const claims = await Promise.all(
    [mario, anna].map((member) => member.call(claimWrite, { input: { key } })),
  );
  expect(claims.map(({ status }) => status).toSorted()).toEqual(['busy', 'yours']);
  expect((await anna.call(claimWrite, { input: { key: 'b'.repeat(64) } })).status).toBe('yours');
});

it('what was certainly not made may be tried at once, what was made only after everybody can see it', async () => {
  const relay = await openRelay();
  const [mario, anna] = [await relay.join('Mario Rossi'), await relay.join('Anna Bianchi')];
  await mario.call(claimWrite, { input: { key } });
  await mario.call(settleWrite, { input: { key, made: false } });
  expect((await anna.call(claimWrite, { input: { key } })).status).toBe('yours');
  await anna.call(settleWrite, { input: { key, made: true } });
  expect((await mario.call(claimWrite, { input: { key } })).status).toBe('busy');
  relay.clock.advance(5_001);
  expect((await mario.call(claimWrite, { input: { key } })).status).toBe('yours');
});

it('an attempt whose end nobody knows holds its claim for a minute, and nobody else can give it back', async () => {
  const relay = await openRelay();
  const [mario, anna] = [await relay.join('Mario Rossi'), await relay.join('Anna Bianchi')];
  await mario.call(claimWrite, { input: { key } });
  await anna.call(settleWrite, { input: { key, made: false } });
  relay.clock.advance(claimMs - 1_000);
  await anna.meet();
  expect((await anna.call(claimWrite, { input: { key } })).status).toBe('busy');
  relay.clock.advance(1_001);
  expect((await anna.call(claimWrite, { input: { key } })).status).toBe('yours');
});
