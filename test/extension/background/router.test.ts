import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { answerMessage, type Handlers } from '../../../extension/background/router.ts';
import { pageMessages, viewMessages, type PageMessages } from '../../../shared/messages.ts';

const mark = 'canary8a2c';

/** Handlers that must not run: no message below is one that a page may send as it stands. */
const reached: string[] = [];
const handlers = Object.fromEntries(
  Object.keys(pageMessages).map((name) => [
    name,
    (input: unknown) => {
      reached.push(`${name} ${JSON.stringify(input)}`);
      return Promise.resolve({});
    },
  ]),
) as unknown as Handlers<PageMessages, null>; // each answers nothing; what it got is looked at

const name = fc.oneof(
  fc.constantFrom(...Object.keys(viewMessages), '__proto__', 'constructor', 'toString', 'hasOwnProperty'),
  fc.string(),
);

test('F6: whatever a page sends, it is refused without an exception, an effect or an echo', async () => {
  const value = fc.oneof(fc.jsonValue({ maxDepth: 4 }), fc.constant(mark), fc.constant(undefined));
  const message = fc.oneof(
    value,
    fc.record({ name, input: value }),
    fc.record({ name: fc.constantFrom(...Object.keys(pageMessages)), input: fc.constant({ [mark]: mark }) }),
  );
  await fc.assert(
    fc.asyncProperty(message, async (sent) => {
      const answer = await answerMessage(pageMessages, handlers, sent, null);
      expect(answer.ok).toBe(false);
      expect(JSON.stringify(answer)).not.toContain(mark);
    }),
    { numRuns: 500 },
  );
  expect(reached).toEqual([]);
});
