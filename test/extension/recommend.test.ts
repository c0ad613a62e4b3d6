import { expect, it } from 'vitest';
import { recommend } from '../../extension/views/recommend.ts';
import type { ConnectionMethod } from '../../shared/provider.ts';

const all: ConnectionMethod[] = ['authorization-code', 'device-code', 'manual-token'];
const unasked = { purpose: null, mayLogIn: null };

it.each([
  ['nobody is asked anything for the ordinary way', all, unasked, 'authorization-code'],
  ['work with the login', all, { purpose: 'work', mayLogIn: true }, 'authorization-code'],
  ['work without the login', all, { purpose: 'work', mayLogIn: false }, 'device-code'],
  [
    'work without the login, where codes are not enabled',
    ['authorization-code', 'manual-token'],
    { purpose: 'work', mayLogIn: false },
    'manual-token',
  ],
  ['a script', all, { purpose: 'trial', mayLogIn: null }, 'manual-token'],
  [
    'a script, where tokens are not offered',
    ['authorization-code'],
    { purpose: 'trial', mayLogIn: null },
    'authorization-code',
  ],
  ['a team without client secret', ['manual-token'], unasked, 'manual-token'],
  ['a team without app', [], unasked, null],
] as const)('%s', (_, offered, answers, method) => {
  expect(recommend(offered, answers)).toBe(method);
});
