import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startShop } from '../test/sites/shop.ts';
import { build } from './build.ts';
import { cardOn } from './card.ts';
import { launchExtension } from './chromium.ts';
import { drawTile, pictureSize, popupOver } from './picture.ts';
import { freePort } from './port.ts';
import { startStack } from './stack.ts';
import { chooseCompany, connect, connectStora, enableSite, enrol, switchOn } from './story.ts';

/** The stores' pictures, of the real extension on the sandbox and the demo shop: `.staffetta/store/<language>/`. */
const words = {
  it: {
    actions: ['Fare preventivi', 'Fare ordini', 'Fare fatture, senza inviarle'],
    create: 'Crea il cliente',
    offer: 'Crea un documento',
    invoice: 'Crea una fattura',
  },
  en: {
    actions: ['Make quotes', 'Make orders', 'Make invoices'],
    create: 'Create the client',
    offer: 'Make a document',
    invoice: 'Create an invoice',
  },
} as const;

async function photograph(locale: 'it' | 'en'): Promise<void> {
  const directory = `.staffetta/store/${locale}`;
  mkdirSync(directory, { recursive: true });
  const dataDir = mkdtempSync(join(tmpdir(), 'staffetta-store-'));
  const keep = async (name: string, picture: Buffer): Promise<void> => {
    await writeFile(`${directory}/${name}.png`, picture);
    console.log(`✓ ${directory}/${name}.png`);
  };
  const say = words[locale];
  const shop = await startShop({ port: await freePort(8791) });
  const stack = await startStack({
    dataDir,
    environment: { STAFFETTA_SITES: 'https://negozio.example.it,https://prenotazioni.example.it' },
  });
  const browser = await launchExtension({ headless: true, locale, viewport: pictureSize });
  const { context, extensionId } = browser;
  try {
    const first = await browser.openPopup();
    await enrol(first, await stack.invite('Mario Rossi'));
    await connect(browser, first, { email: 'demo@example.it' });
    await chooseCompany(first, 'Officina Aurora S.r.l.');
    await switchOn(browser, first, say.actions);
    await connectStora(browser, first);
    await first.close();
    await (await enableSite(browser, shop.origin)).close();

    const orders = await context.newPage();
    await orders.goto(shop.origin);
    const popup = await browser.openPopup(shop.origin);
    await popup.locator('#query').waitFor();
    await keep('1-connected', await popupOver(context, orders, popup));

    await popup.locator('#query').fill('Aurora Giardini');
    await popup.keyboard.press('Enter');
    const person = popup.locator('.person', { hasText: 'Aurora Giardini' });
    await person.getByText('Stora:').waitFor();
    await person.locator('button[aria-expanded=false]').first().click();
    await person.getByText('Bologna Nord').waitFor();
    await popup.locator('#query').evaluate((field) => field.closest('section')?.scrollIntoView());
    await keep('4-two-systems', await popupOver(context, orders, popup));

    const order = await context.newPage();
    await order.goto(`${shop.origin}/ordini/1042`);
    const card = await cardOn(order);
    await card.waitForChip();
    await card.press('Staffetta');
    await card.waitFor(say.create);
    await keep('2-new-client', await order.screenshot());

    // This page marks its order for us, as docs/partners.md tells owners of sites.
    await order.goto(`${shop.origin}/ordini/1045`);
    await card.waitForChip();
    await card.press('Staffetta');
    await card.waitFor(say.create);
    await card.press(say.create);
    await card.waitFor(say.offer);
    await card.press(say.offer);
    await card.waitFor(say.invoice);
    await card.showEnd();
    await keep('3-order-to-invoice', await order.screenshot());

    const options = await context.newPage();
    await options.emulateMedia({ colorScheme: 'dark' });
    await options.goto(`chrome-extension://${extensionId}/options.html`);
    await options.getByText('prenotazioni.example.it').waitFor();
    await keep('5-sites', await options.screenshot());

    const { extensionName, extensionDescription } = JSON.parse(
      await readFile(`extension/public/_locales/${locale}/messages.json`, 'utf8'),
    ) as Record<string, { message: string }>;
    await keep(
      'tile',
      await drawTile(context, extensionName?.message ?? '', extensionDescription?.message ?? ''),
    );
  } finally {
    await browser.close();
    await stack.close();
    await shop.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

rmSync('.staffetta/store', { recursive: true, force: true });
await build({ mode: 'sandbox', browsers: ['chrome'] });
for (const locale of ['it', 'en'] as const) await photograph(locale);
