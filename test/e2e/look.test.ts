import { mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Page } from 'playwright';
import { cardOn } from '../../scripts/card.ts';
import { popupSize } from '../../scripts/chromium.ts';
import { connect, enableSite } from '../../scripts/story.ts';
import { openWorld, violationsOf } from './setup.ts';
import { variants } from '../variants.ts';

const directory = '.staffetta/look';
mkdirSync(directory, { recursive: true });

it.each(
  variants(
    [
      ['it', 'light'],
      ['en', 'dark'],
      ['it', 'dark'],
      ['en', 'light'],
    ] as const,
    2,
  ),
)(
  'popup and card in %s, %s: readable by everybody, and every word in that language',
  async (locale, colorScheme) => {
    const world = await openWorld({ locale, colorScheme });
    const look = async (page: Page, name: string): Promise<void> => {
      await page.screenshot({ path: `${directory}/${name}-${locale}-${colorScheme}.png` });
      expect(await violationsOf(page), name).toEqual([]);
    };

    const first = await world.browser.openPopup();
    await first.setViewportSize(popupSize);
    await first.locator('#invite').waitFor();
    await look(first, 'enrol');
    await first.close();

    const popup = await world.enrolled();
    await popup.setViewportSize(popupSize);
    await look(popup, 'connect');
    await connect(world.browser, popup, { email: 'uno@example.it' });
    await popup.locator('#query').waitFor();
    await look(popup, 'connected');
    expect(await popup.locator('section button.quiet').textContent()).toBe(
      locale === 'it' ? 'Scollega' : 'Disconnect',
    );

    await enableSite(world.browser, world.shopOrigin);
    const shop = await world.browser.context.newPage();
    await shop.goto(`${world.shopOrigin}/ordini/1042`);
    const card = await cardOn(shop);
    await card.waitForChip();
    await card.press('Staffetta');
    await card.waitFor(locale === 'it' ? 'Crea il cliente' : 'Create the client');
    await shop.screenshot({ path: `${directory}/card-${locale}-${colorScheme}.png` });

    // The card's root is closed to axe as to everybody, so its markup and style are judged in a page of their own.
    const copy = await world.browser.context.newPage();
    await copy.setContent(
      `<html lang="${locale}"><title>Card</title><main><h1>Card</h1>${(await card.html()).replace('popover="manual"', '')}</main></html>`,
    );
    expect(await violationsOf(copy)).toEqual([]);
  },
);

it('the whole popup works by keyboard: every control is reached, and search runs with Enter', async () => {
  const world = await openWorld({ locale: 'en' });
  const popup = await world.connected();
  await popup.locator('#company').focus();
  await popup.keyboard.press('Tab');
  expect(await popup.evaluate(() => document.activeElement?.id)).toBe('query');
  await popup.keyboard.type('zzzz');
  await popup.keyboard.press('Enter');
  await popup.getByText('No client matches').waitFor();
});
