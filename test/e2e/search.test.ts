import { expect, it } from 'vitest';
import { chooseCompany, connect } from '../../scripts/story.ts';
import { popupSize } from '../../scripts/chromium.ts';
import { killBackground, openWorld, violationsOf } from './setup.ts';

/** What a press in the menu of selected text, or an entry in the address bar, makes the background do; no script can press those. */
async function searchFromOutside(world: Awaited<ReturnType<typeof openWorld>>, text: string): Promise<void> {
  const [worker] = world.browser.context.serviceWorkers();
  await worker?.evaluate(async (query) => {
    type Event = { dispatch?: (text: string) => void };
    const { chrome } = globalThis as unknown as { chrome: { omnibox: { onInputEntered: Event } } }; // the worker's own global
    chrome.omnibox.onInputEntered.dispatch?.(query);
  }, text);
}

it.each([
  [
    'en',
    'dark',
    'See what clients were invoiced',
    'Invoices and what is owed',
    'Overdue: €122.00',
    'refused by SDI',
  ],
] as const)(
  'what a client owes, what is overdue, and how far each invoice has come at SDI, in words (%s, %s)',
  async (locale, colorScheme, label, button, overdue, refused) => {
    const world = await openWorld({ locale, colorScheme });
    const { browser, stack } = world;
    const popup = await world.enrolled();
    await connect(browser, popup, { email: 'demo@example.it' });
    await chooseCompany(popup, 'Officina Aurora S.r.l.');
    const client = stack.sandbox.state.clientsOf(101).find(({ name }) => name.startsWith('Aurora Giardini'));
    stack.sandbox.state.documents.push({
      id: 9_001,
      number: 17,
      companyId: 101,
      type: 'invoice',
      date: '2026-09-30',
      entity: { id: client?.id ?? 0, name: client?.name ?? '' },
      amount_gross: 122,
      url: '',
      payments_list: [{ amount: 122, due_date: '2026-10-30', status: 'not_paid' }],
      ei_status: 'discarded',
    });
    await popup.locator('#query').fill('Aurora Giardini');
    await popup.keyboard.press('Enter');
    await popup.getByRole('button', { name: button }).click();
    // Off at first: it needs a permission that the others do not.
    await popup.locator('[data-code=action-off]').waitFor();
    await popup.locator('#access-fatture-in-cloud summary').click();
    await popup.getByLabel(label).check();
    const opening = browser.context.waitForEvent('page');
    await popup.locator('[data-code=missing-scope] button').first().click();
    await (await opening).getByRole('button', { name: 'Autorizza' }).click();
    await popup.locator('#access-fatture-in-cloud').waitFor();
    await popup.locator('#query').fill('Aurora Giardini');
    await popup.keyboard.press('Enter');
    await popup.getByRole('button', { name: button }).click();
    await popup.getByText(overdue).waitFor();
    await popup.getByText(refused).waitFor();
    await popup.setViewportSize(popupSize);
    await popup.screenshot({ path: `.staffetta/look/client-${locale}-${colorScheme}.png`, fullPage: true });
    expect(await violationsOf(popup)).toEqual([]);
  },
);

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
