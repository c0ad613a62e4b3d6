import { h, render } from 'preact';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { parseDocument } from '../../dom.ts';
import { Options } from '../../../extension/views/options.tsx';

const shop = 'https://shop.example';

/** What the browser, the background and the person answer; words are their keys. */
const { browser, asked } = vi.hoisted(() => {
  const event = () => {
    const listeners = new Set<() => void>();
    return {
      addListener: (listener: () => void) => void listeners.add(listener),
      removeListener: (listener: () => void) => void listeners.delete(listener),
      tell: () => listeners.forEach((listener) => listener()),
    };
  };
  const asked = vi.fn<(name: string, input: object) => object>();
  return {
    asked,
    browser: {
      i18n: { getMessage: (key: string) => key, getUILanguage: () => 'it' },
      runtime: {
        id: 'staffetta',
        sendMessage: async ({ name, input }: { name: string; input: object }) => asked(name, input),
      },
      storage: { onChanged: event(), session: { set: async () => undefined } },
      permissions: { onAdded: event(), onRemoved: event(), request: vi.fn<() => Promise<boolean>>() },
    },
  };
});
vi.mock('../../../extension/browser.ts', () => ({ browser }));

const sites = (isAllowed: boolean) => ({
  ok: true,
  value: {
    own: [{ origin: shop, isPaused: false, isAllowed, isBlocked: false }],
    offered: [],
    failure: null,
  },
});

/** What `sites.read` is answered from now on. */
let answer: object;

beforeEach(() => {
  vi.stubGlobal('document', parseDocument('<!doctype html><body></body>'));
  answer = sites(false);
  asked.mockReset().mockImplementation((name) => {
    if (name === 'sites.read') return answer;
    return name === 'site.enable' ? { ok: true, value: {} } : { ok: false, failure: { code: 'relay-down' } };
  });
  render(h(Options, {}), document.body);
});
afterEach(() => {
  render(null, document.body);
  vi.unstubAllGlobals();
});

const shown = () => expect.poll(() => document.body.textContent, { interval: 5 });

const press = (word: string): void =>
  [...document.querySelectorAll('button')].find(({ textContent }) => textContent === word)?.click();

it('a permission that was refused is asked for again by the button that stands under the reason', async () => {
  await shown().toContain('options_allow');
  browser.permissions.request.mockResolvedValueOnce(false).mockResolvedValueOnce(true);
  press('options_allow');
  await shown().toContain('failure_site_not_allowed');
  press('remedy_allow_site');
  await shown().not.toContain('failure_site_not_allowed');
  expect(browser.permissions.request).toHaveBeenCalledTimes(2);
  expect(asked).toHaveBeenCalledWith('site.enable', { origin: shop });
});

it('that the sites could not be read is said until they can be, and a permission that is given shows', async () => {
  await shown().toContain('options_taken');
  answer = { ok: false, failure: { code: 'outcome-unknown' } };
  browser.permissions.onRemoved.tell();
  await shown().toContain('failure_outcome_unknown');
  answer = sites(true);
  browser.permissions.onAdded.tell();
  await shown().toContain('options_on');
  await shown().not.toContain('failure_outcome_unknown');
});
