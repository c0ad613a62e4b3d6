import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { cardOn } from '../../scripts/card.ts';
import { launchExtension, type ExtensionBrowser } from '../../scripts/chromium.ts';
import { chooseCompany, connect, enableSite, enrol, switchOn } from '../../scripts/story.ts';
import { openWorld, requestsTo, type World } from './setup.ts';

const woocommerce = readFileSync('test/vectors/recipes/woocommerce.html', 'utf8');
const path = '/wp-admin/812';

/** A member with quotes switched on, on the page of the order, who is offered to make one. */
async function memberAt({ stack, shopOrigin }: World, browser: ExtensionBrowser, name: string) {
  browser.context.setDefaultTimeout(25_000);
  const popup = await browser.openPopup();
  await enrol(popup, await stack.invite(name));
  await connect(browser, popup, { email: 'demo@example.it' });
  await chooseCompany(popup, 'Officina Aurora S.r.l.');
  await switchOn(browser, popup, ['Fare preventivi']);
  await enableSite(browser, shopOrigin);
  const page = await browser.context.newPage();
  await page.goto(shopOrigin + path);
  const card = await cardOn(page);
  await card.waitForChip();
  await card.press('Staffetta');
  await card.waitFor('Crea un preventivo');
  return card;
}

it('two members in two browsers decide the same, one loses the answer: one document, and both are told of it', async () => {
  const world = await openWorld({ pages: { [path]: woocommerce } });
  const { stack } = world;
  stack.sandbox.state.addClient(101, { name: 'Falegnameria Monte Sole S.r.l.', vat_number: '04172639991' });
  const second = await launchExtension({ headless: true });
  onTestFinished(second.close);
  const mario = await memberAt(world, world.browser, 'Mario Rossi');
  const anna = await memberAt(world, second, 'Anna Bianchi');
  // The first answer gets lost after the provider has stored the document.
  stack.sandbox.faults.next('POST /c/101/issued_documents', { truncate: true });
  await Promise.all([mario.press('Crea un preventivo'), anna.press('Crea un preventivo')]);
  for (const card of [mario, anna]) {
    if ((await told(card)).includes('Riprova')) await card.press('Riprova');
    await card.waitFor('Preventivo 1');
  }
  expect(stack.sandbox.state.documents).toHaveLength(1);
  expect(requestsTo(stack, 'POST', /\/issued_documents$/)).toBe(1);
}, 60_000);

/** What a card says once it says how it ended. */
async function told(card: Awaited<ReturnType<typeof cardOn>>): Promise<string> {
  await expect.poll(() => card.text()).toMatch(/Riprova|Preventivo 1/);
  return card.text();
}
