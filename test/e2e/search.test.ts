import { expect, it } from 'vitest';
import { chooseCompany, connect } from '../../scripts/story.ts';
import { killBackground, openWorld } from './setup.ts';

/** What a press in the menu of selected text, or an entry in the address bar, makes the background do; no script can press those. */
async function searchFromOutside(world: Awaited<ReturnType<typeof openWorld>>, text: string): Promise<void> {
  const [worker] = world.browser.context.serviceWorkers();
  await worker?.evaluate(async (query) => {
    type Event = { dispatch?: (text: string) => void };
    const { chrome } = globalThis as unknown as { chrome: { omnibox: { onInputEntered: Event } } }; // the worker's own global
    chrome.omnibox.onInputEntered.dispatch?.(query);
  }, text);
}

it('a selected text, or “fic” in the address bar, opens a search that has run already; a popup that closes keeps its text', async () => {
  const world = await openWorld({ locale: 'en' });
  const popup = await world.enrolled();
  await connect(world.browser, popup, { email: 'demo@example.it' });
  await chooseCompany(popup, 'Officina Aurora S.r.l.');
  await popup.locator('#query').fill('Aurora');
  await popup.keyboard.press('Enter');
  await popup.getByText('Aurora Giardini').waitFor();
  const again = await world.browser.openPopup();
  await again.locator('#query').waitFor();
  await expect.poll(() => again.locator('#query').inputValue()).toBe('Aurora');
  expect(await again.getByText('Aurora Giardini').count()).toBe(0);

  await searchFromOutside(world, '  Alta \n Valle ');
  const opened = await world.browser.openPopup();
  await opened.getByText('Alta Valle').waitFor();
  expect(await opened.locator('#query').inputValue()).toBe('Alta Valle');
  // Told once: the next popup starts with the text alone.
  const next = await world.browser.openPopup();
  await expect.poll(() => next.locator('#query').inputValue()).toBe('Alta Valle');
  expect(await next.getByText('segreteria@altavalle').count()).toBe(0);
  await killBackground(world.browser, next);
  await next.reload();
  await expect.poll(() => next.locator('#query').inputValue()).toBe('Alta Valle');
});
