import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { cardOn } from './card.ts';
import { popupSize, type ExtensionBrowser } from './chromium.ts';
import type { Stack } from './stack.ts';
import { chooseCompany, connect, enableSite } from './story.ts';

interface Tour {
  browser: ExtensionBrowser;
  stack: Stack;
  shopOrigin: string;
  /** Folder for the screenshots; emptied first. */
  directory: string;
  popup: Page;
}

/** Plays the whole story without a display: prints each step with its time and takes a picture of it. */
export async function playTour({ browser, stack, shopOrigin, directory, popup }: Tour): Promise<void> {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  let count = 0;
  const step = async (name: string, work: () => Promise<Page>): Promise<void> => {
    const startedAt = performance.now();
    const page = await work();
    count += 1;
    const file = join(directory, `${count}-${name.replaceAll(/[^a-z]+/gi, '-').toLowerCase()}.png`);
    await page.screenshot({ path: file });
    console.log(`✓ ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)  ${file}`);
  };

  await popup.setViewportSize(popupSize);
  await step('permissions in words', async () => popup);
  await connect(browser, popup, {
    email: 'demo@example.it',
    onConsent: (page) => step('consent', async () => page),
  });
  await step('connected', async () => {
    await popup.locator('#company').waitFor();
    return popup;
  });
  await step('company chosen', async () => {
    await chooseCompany(popup, 'Officina Aurora S.r.l.');
    return popup;
  });
  await popup.close();

  await step('site enabled', async () => {
    const page = await enableSite(browser, shopOrigin);
    await page.setViewportSize(popupSize);
    return page;
  });
  const shop = await browser.context.newPage();
  await shop.goto(`${shopOrigin}/ordini/1042`);
  const card = await cardOn(shop);
  await step('customer detected', async () => {
    await card.waitForChip();
    return shop;
  });
  await step('what will be sent', async () => {
    await card.press('Staffetta');
    await card.waitFor('Falegnameria Monte Sole');
    await card.waitFor('Verrà creato');
    return shop;
  });
  await step('client created', async () => {
    await card.press('Crea il cliente');
    await card.waitFor('Cliente creato');
    return shop;
  });

  const created = [...stack.sandbox.exchanges].filter(
    ({ method, path, status }) => method === 'POST' && path.endsWith('/entities/clients') && status === 200,
  );
  if (created.length !== 1)
    throw new Error(`expected one client created at the sandbox, found ${created.length}`);
  console.log('The sandbox holds one new client: Falegnameria Monte Sole S.r.l.');
}
