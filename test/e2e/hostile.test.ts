import { expect, it } from 'vitest';
import type { Page } from 'playwright';
import { cardOn } from '../../scripts/card.ts';
import { chooseCompany, connect, enableSite } from '../../scripts/story.ts';
import { openWorld, requestsTo, untilSeen, type World } from './setup.ts';

const clients = /\/entities\/clients$/;

async function open(pages: Record<string, string> = {}): Promise<World & { popup: Page }> {
  const world = await openWorld({ pages });
  const popup = await world.enrolled();
  await connect(world.browser, popup, { email: 'demo@example.it' });
  await chooseCompany(popup, 'Officina Aurora S.r.l.');
  await enableSite(world.browser, world.shopOrigin);
  return { ...world, popup };
}

async function visit({ browser, shopOrigin }: World, path = '/ordini/1042') {
  const page = await browser.context.newPage();
  await page.goto(shopOrigin + path);
  const card = await cardOn(page);
  await card.waitForChip();
  return { page, card };
}

it('F7: something that lets clicks through, laid over the card, does not make a person create a client', async () => {
  const world = await open();
  const { page, card } = await visit(world);
  await card.press('Staffetta');
  await card.waitFor('Crea il cliente');
  const bait = await page.evaluate(() => {
    const over = document.createElement('div');
    over.popover = 'manual';
    over.style.cssText =
      'margin:0;border:0;inset:0;width:100vw;height:100vh;background:#fff;pointer-events:none';
    over.textContent = 'Hai vinto! Premi qui';
    document.body.append(over);
    over.showPopover();
    return over.matches(':popover-open');
  });
  expect(bait).toBe(true);
  await untilSeen(page);
  await card.press('Crea il cliente');
  await card.waitFor('Qualcosa copriva');
  await page.evaluate(() => document.querySelector('[popover]')?.remove());
  await untilSeen(page);
  await card.press('Crea il cliente');
  await card.waitFor('Cliente creato');
  expect(requestsTo(world.stack, 'POST', clients)).toBe(1);
  expect(world.stack.sandbox.state.clientsOf(101)).toHaveLength(16);
});

it('a page with ten megabytes of text, huge and circular data, and a hundred thousand elements stays usable and is read', async () => {
  const customer =
    '<main><dl><dt>Ragione sociale</dt><dd>Falegnameria Monte Sole S.r.l.</dd><dt>Partita IVA</dt><dd>04172639991</dd></dl></main>';
  const circle = JSON.stringify({
    '@context': 'https://schema.org',
    '@id': '#a',
    '@type': 'Order',
    customer: { '@id': '#b', '@type': 'Person', knows: { '@id': '#a' } },
  });
  const deep = '['.repeat(50_000) + ']'.repeat(50_000);
  const world = await open({
    '/enorme': `<!doctype html>${customer}<p>${'parola '.repeat(1_500_000)}</p>
      <script type="application/ld+json">${circle}</script><script type="application/ld+json">${deep}</script>
      <script type="application/ld+json">${JSON.stringify({ '@type': 'Thing', name: 'x'.repeat(3_000_000) })}</script>
      <section>${'<i></i>'.repeat(100_000)}</section>`,
  });
  const { page, card } = await visit(world, '/enorme');
  await card.press('Staffetta');
  await card.waitFor('Crea il cliente');
  expect(await page.evaluate(() => 1 + 1)).toBe(2);
});
