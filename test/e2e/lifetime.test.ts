import { expect, it } from 'vitest';
import { cardOn } from '../../scripts/card.ts';
import { connect, enableSite } from '../../scripts/story.ts';
import { killBackground, openWorld, requestsTo, type World } from './setup.ts';

it('F2: a background that ends in the middle of a login leaves nothing “connecting”: it is told, and trying again works', async () => {
  const world = await openWorld();
  const { browser, stack } = world;
  const popup = await world.enrolled();
  const opening = browser.context.waitForEvent('page');
  await popup.locator('section button:not(.secondary)').first().click();
  const window = await opening;
  await window.locator('input[type=email]').waitFor();
  await killBackground(browser, popup);
  const next = await browser.openPopup();
  await next.locator('[data-code=window-closed]').waitFor();
  expect(requestsTo(stack, 'POST', /\/oauth\/token/)).toBe(0);
  await window.close().catch(() => undefined); // some versions close it with the background
  await connect(browser, next, { email: 'uno@example.it' });
  await next.locator('#query').waitFor();
});

/** Switches the extension off, as a person does on the browser's own page of extensions. */
async function switchOff({ browser }: World): Promise<void> {
  const manager = await browser.context.newPage();
  await manager.goto('chrome://extensions/');
  await manager.evaluate((id) => {
    const { chrome } = globalThis as unknown as {
      chrome: { management: { setEnabled(id: string, isOn: boolean): Promise<void> } };
    }; // that page's own API
    return chrome.management.setEnabled(id, false);
  }, browser.extensionId);
}

async function openCard(world: World) {
  const { browser, shopOrigin } = world;
  await world.connected();
  await enableSite(browser, shopOrigin);
  const page = await browser.context.newPage();
  await page.goto(`${shopOrigin}/ordini/1042`);
  const card = await cardOn(page);
  await card.waitForChip();
  await card.press('Staffetta');
  await card.waitFor('Crea il cliente');
  return { page, card };
}

it('F16: a card whose extension was switched off or removed says what to do, and makes nothing', async () => {
  const world = await openWorld();
  const { page, card } = await openCard(world);
  await switchOff(world);
  await page.bringToFront();
  // A tab that has just come to the front is seen a moment later.
  await page.waitForTimeout(400);
  await card.press('Crea il cliente');
  await card.waitFor('Ricarica la pagina');
  expect(requestsTo(world.stack, 'POST', /\/entities\/clients$/)).toBe(0);
});
