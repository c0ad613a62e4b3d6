import { beforeEach, expect, it, vi } from 'vitest';
import { browser } from '../background/browser.ts';
import type { ContentScriptContext } from 'wxt/utils/content-script-context';
import script from '../../../extension/entrypoints/site.content/index.ts';
import { watchPage } from '../../../extension/page/watch.ts';

vi.mock('../../../extension/page/watch.ts', () => ({ watchPage: vi.fn() }));

const recipes = { ok: true, value: { recipes: [] } };
const failed = (code: string) => ({ ok: false, failure: { code } });

let page: EventTarget;

beforeEach(() => {
  vi.mocked(watchPage).mockClear();
  page = Object.assign(new EventTarget(), { querySelectorAll: () => [] });
  const location = new URL('https://shop.example/orders/1');
  vi.stubGlobal('document', page);
  vi.stubGlobal('location', location);
  vi.stubGlobal('window', { top: { location } });
});

/** Starts in the page; what it asks the background for is answered once `meanwhile` has been done. */
async function start(answer: object, meanwhile = (): void => {}): Promise<void> {
  const { signal } = new AbortController();
  browser.runtime.sendMessage = async () => {
    meanwhile();
    return answer;
  };
  await script.main({ signal } as ContentScriptContext); // its signal is all that is used
}

const stop = (): void => void page.dispatchEvent(new CustomEvent('staffetta:stop'));

it.each([
  ['there are recipes', recipes],
  ['they cannot be had', failed('relay-down')],
])('a page is watched where %s, until the site is switched off', async (_, answer) => {
  await start(answer);
  expect(watchPage).toHaveBeenCalledOnce();
  const signal = vi.mocked(watchPage).mock.calls[0]?.[2];
  expect(signal?.aborted).toBe(false);
  stop();
  expect(signal?.aborted).toBe(true);
});

it('a site that is switched off while the recipes are asked for is left alone', async () => {
  await start(recipes, stop);
  expect(watchPage).not.toHaveBeenCalled();
});

it.each(['not-allowed', 'blocked-by-admin'])('a site that is off is left alone (%s)', async (code) => {
  await start(failed(code));
  expect(watchPage).not.toHaveBeenCalled();
});
