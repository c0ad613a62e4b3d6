import { expect, it } from 'vitest';
import { readShortCode } from '../../shared/api/enrolments.ts';

it.each([
  ['7KQD-M2XW', '7KQD-M2XW'],
  [' 7kqd m2xw ', '7KQD-M2XW'],
  ['7kqdm2xw', '7KQD-M2XW'],
  // Heard as letters what are digits.
  ['oilo-1111', '0110-1111'],
])('a short code that was typed as %j is %j', (typed, code) => {
  expect(readShortCode(typed)).toBe(code);
});

it.each(['', '7KQD', '7KQD-M2XWW', '7KQD-M2X!', 'UUUU-UUUU', 'inv_AAAAAAAAAAAAAAAAAAAAAA'])(
  '%j is no short code',
  (typed) => expect(readShortCode(typed)).toBeNull(),
);
