import { expect, it } from 'vitest';
import { cardOn } from '../../scripts/card.ts';
import { enableSite } from '../../scripts/story.ts';
import { openWorld, requestsTo, untilSeen, type World } from './setup.ts';

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
  await untilSeen(page);
  await card.press('Crea il cliente');
  await card.waitFor('Ricarica la pagina');
  expect(requestsTo(world.stack, 'POST', /\/entities\/clients$/)).toBe(0);
});
