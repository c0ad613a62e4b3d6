import { describe, expect, it } from 'vitest';
import { readAnswer } from '../../../../extension/background/connect/answer.ts';

const redirectUrl = 'https://fbiddfofphmlhbfnlpgeinmogneedfga.chromiumapp.org/connected';
const state = 'S'.repeat(43);
const good = `${redirectUrl}?state=${state}&handle=1.aaaa.bbbb`;

describe('F5: an answer that is not ours is dropped before any exchange', () => {
  it('F5: our URL with our state and a handle is accepted', () => {
    expect(readAnswer(good, redirectUrl, state)).toBe('1.aaaa.bbbb');
  });

  it.each([
    ['another state', good.replace(state, 'T'.repeat(43))],
    ['no state', `${redirectUrl}?handle=1.aaaa.bbbb`],
    ['no handle', `${redirectUrl}?state=${state}`],
    ['another path', good.replace('/connected', '/elsewhere')],
    ['another host', good.replace('fbidd', 'gbidd')],
    ['http', good.replace('https:', 'http:')],
  ])('F5: %s is response-mismatch', (_, url) => {
    expect(() => readAnswer(url, redirectUrl, state)).toThrow('response-mismatch');
  });

  it.each([
    ['access_denied', 'declined'],
    ['server_error', 'provider-refused'],
    ['anything else', 'provider-refused'],
  ])('F3: the provider’s %s becomes %s', (error, code) => {
    const url = `${redirectUrl}?${new URLSearchParams({ state, error }).toString()}`;
    expect(() => readAnswer(url, redirectUrl, state)).toThrow(code);
  });
});
