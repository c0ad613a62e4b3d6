import { mkdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Page } from 'playwright';
import { cardOn } from '../../scripts/card.ts';
import { chooseCompany, connect, enableSite, switchOn } from '../../scripts/story.ts';
import { shopPage } from '../sites/shop.ts';
import { openWorld, requestsTo, type World } from './setup.ts';

const directory = '.staffetta/look';
mkdirSync(directory, { recursive: true });

const woocommerce = readFileSync('test/vectors/recipes/woocommerce.html', 'utf8');
const path = '/wp-admin/812';
const documents = /\/issued_documents$/;

/** Connected, with quotes and pro formas on, and the shop's site enabled. */
async function open(
  locale: 'it' | 'en' = 'it',
  colorScheme: 'light' | 'dark' = 'light',
  pages: Record<string, string> = { [path]: woocommerce },
  labels = locale === 'it' ? ['Fare preventivi', 'Fare bozze'] : ['Make quotes', 'Make drafts'],
) {
  const world = await openWorld({ locale, colorScheme, pages });
  const popup = await world.enrolled();
  await connect(world.browser, popup, { email: 'demo@example.it' });
  await chooseCompany(popup, 'Officina Aurora S.r.l.');
  await switchOn(world.browser, popup, labels);
  await enableSite(world.browser, world.shopOrigin);
  return world;
}

async function openOrder({
  browser,
  shopOrigin,
}: World): Promise<{ page: Page; card: Awaited<ReturnType<typeof cardOn>> }> {
  const page = await browser.context.newPage();
  await page.goto(shopOrigin + path);
  const card = await cardOn(page);
  await card.waitForChip();
  await card.press('Staffetta');
  return { page, card };
}

it.each([
  [
    'en',
    'dark',
    'Create the client',
    'Make a document',
    'Make a quote',
    'Quote 1 made in Officina Aurora S.r.l.',
    'Quote 1 is there already',
  ],
] as const)(
  'an order of WooCommerce becomes a client and one quote, equal to the cent with the page and with Fatture in Cloud (%s, %s)',
  async (locale, scheme, create, offer, quote, done, there) => {
    const world = await open(locale, scheme);
    const { stack } = world;
    const { page, card } = await openOrder(world);
    await card.waitFor(create);
    await card.press(create);
    await card.waitFor(offer);
    await card.press(offer);
    await card.waitFor(quote);
    expect((await card.text()).replaceAll(/[\u00a0\s]+/g, ' ')).toMatch(/3\.095,02 €|€3,095\.02/);
    await page.screenshot({ path: `${directory}/order-${locale}-${scheme}.png` });
    await card.press(quote, 2);
    await card.waitFor(done);
    expect(stack.sandbox.state.documents).toMatchObject([
      { type: 'quote', amount_gross: 3_095.02, entity: { name: 'Falegnameria Monte Sole S.r.l.' } },
    ]);
    expect(
      stack.sandbox.state.clientsOf(101).find(({ vat_number }) => vat_number === '04172639991'),
    ).toMatchObject({
      ei_code: 'M5UXCR1',
    });

    await page.reload();
    const again = await cardOn(page);
    await again.waitForChip();
    await again.press('Staffetta');
    await again.waitFor(quote);
    await again.press(quote);
    await again.waitFor(there);
    expect(stack.sandbox.state.documents).toHaveLength(1);
  },
);

it('a lost answer leaves one document, whether the browser or the member tries again', async () => {
  const world = await open();
  const { stack } = world;
  stack.sandbox.state.addClient(101, { name: 'Falegnameria Monte Sole S.r.l.', vat_number: '04172639991' });
  const { card } = await openOrder(world);
  await card.waitFor('Crea un preventivo');
  stack.sandbox.faults.next('POST /c/101/issued_documents', { truncate: true });
  await card.press('Crea un preventivo');
  await card.waitFor('Riprova');
  await card.press('Riprova');
  await card.waitFor('Preventivo 1');
  expect(stack.sandbox.state.documents).toHaveLength(1);
  expect(requestsTo(stack, 'POST', documents)).toBe(1);
});

it('two pages that decide the same in one moment make one document', async () => {
  const world = await open();
  const { stack } = world;
  stack.sandbox.state.addClient(101, { name: 'Falegnameria Monte Sole S.r.l.', vat_number: '04172639991' });
  const [one, two] = [await openOrder(world), await openOrder(world)];
  await two.card.waitFor('Crea un preventivo');
  await two.card.press('Crea un preventivo');
  await one.page.bringToFront();
  await one.card.waitFor('Crea un preventivo');
  await one.card.press('Crea un preventivo');
  await one.card.waitFor('Preventivo 1');
  expect(stack.sandbox.state.documents).toHaveLength(1);
});

it('two orders without a number are two, and each of them is made once', async () => {
  const unnumbered = woocommerce.replace('Ordine #812 dettagli', 'Ordine');
  const other = unnumbered.replace('Tavolo di rovere', 'Tavolo di noce');
  const world = await open('it', 'light', { [path]: unnumbered, '/wp-admin/2': other });
  const { stack, browser, shopOrigin } = world;
  stack.sandbox.state.addClient(101, { name: 'Falegnameria', vat_number: '04172639991' });
  for (const [place, said] of [
    [path, 'Preventivo 1: fatto'],
    ['/wp-admin/2', 'Preventivo 2: fatto'],
    [path, 'Preventivo 1 c’è già'],
  ] as const) {
    const page = await browser.context.newPage();
    await page.goto(shopOrigin + place);
    const card = await cardOn(page);
    await card.waitForChip();
    await card.press('Staffetta');
    await card.waitFor('Crea un preventivo');
    await card.press('Crea un preventivo');
    await card.waitFor(said);
  }
  expect(stack.sandbox.state.documents).toHaveLength(2);
});

it('an order that cannot become a document as it is says what a person has to decide', async () => {
  const world = await open('it', 'light', { [path]: woocommerce.replace('€ 3.095,02', '€ 3.105,02') });
  world.stack.sandbox.state.addClient(101, { name: 'Falegnameria', vat_number: '04172639991' });
  const { card } = await openOrder(world);
  await card.waitFor('i totali sarebbero diversi');
});

it('what a page writes is shown as text, and never as anything else', async () => {
  const hostile = '<img src=x onerror="document.title=\'pressed\'"><script>document.title="pressed"</script>';
  const world = await open('it', 'light', {
    [path]: woocommerce
      .replace('Tavolo di rovere', hostile.replaceAll('<', '&lt;'))
      .replace('Falegnameria Monte Sole S.r.l.', hostile.replaceAll('<', '&lt;')),
  });
  world.stack.sandbox.state.addClient(101, { name: `Falegnameria ${hostile}`, vat_number: '04172639991' });
  const { page, card } = await openOrder(world);
  await card.waitFor('2 × <img src=x');
  expect(await card.html()).not.toMatch(/<img|<script/);
  expect(await page.title()).toBe('Prova');
});

it('the chip and card are dark on a dark page and light on a light one, whatever the system says', async () => {
  const dark = '<style>body { background: #101418; color: #eee }</style>';
  const world = await open('it', 'light', { [path]: woocommerce.replace('</head>', `${dark}</head>`) });
  const { page, card } = await openOrder(world);
  await card.waitFor('Crea il cliente');
  expect(await card.html()).toContain('card dark');
  await page.screenshot({ path: `${directory}/card-dark-page.png` });
  const other = await world.browser.context.newPage();
  await other.goto(`${world.shopOrigin}/ordini/1042`);
  const light = await cardOn(other);
  await light.waitForChip();
  expect(await light.html()).not.toContain('chip dark');
});

it('a page that changes without loading is read again: the chip follows whom it is about', async () => {
  const world = await open();
  const page = await world.browser.context.newPage();
  await page.goto(`${world.shopOrigin}/ordini/1042`);
  const card = await cardOn(page);
  await card.waitForChip();
  const other = (await shopPage('/ordini/1043')) ?? '';
  await page.evaluate((html) => {
    history.pushState({}, '', '/ordini/1043');
    const next = new DOMParser().parseFromString(html, 'text/html');
    document.head.innerHTML = next.head.innerHTML;
    document.body.innerHTML = next.body.innerHTML;
  }, other);
  await expect.poll(async () => (await card.hasChip()) && (await card.html()).includes('Este')).toBe(true);
  await page.evaluate(() => {
    document.head.innerHTML = '';
    document.body.innerHTML = '<p>Nessun ordine</p>';
  });
  await expect.poll(() => card.hasChip()).toBe(false);
});

it('of one order every kind of document is made, once each and of the same sum; an invoice in the series that was chosen', async () => {
  const labels = [
    'Fare preventivi',
    'Fare ordini',
    'Fare bozze',
    'Fare documenti di trasporto',
    'Fare fatture, senza inviarle',
  ];
  const world = await open('it', 'light', { [path]: woocommerce }, labels);
  const { state } = world.stack.sandbox;
  state.addClient(101, { name: 'Falegnameria Monte Sole S.r.l.', vat_number: '04172639991' });
  const { page, card } = await openOrder(world);
  await card.waitFor('Crea una fattura');
  await page.screenshot({ path: `${directory}/card-all-kinds.png` });
  const made = [
    ['Crea un preventivo', 'Preventivo 1'],
    ['Crea un ordine', 'Ordine 1'],
    ['Crea una proforma', 'Proforma 1'],
    ['Crea un documento di trasporto', 'DDT 1'],
    ['Crea una fattura', 'Fattura 1WEB'],
  ] as const;
  for (const [button, name] of made) {
    await page.reload();
    await card.waitForChip();
    await card.press('Staffetta');
    await card.waitFor(button);
    // The series of numbers, by keyboard: the next one below the usual one.
    if (button === 'Crea una fattura') await card.choose('WEB');
    await card.press(button);
    await card.waitFor(name);
  }
  expect(state.documents.map(({ type }) => type)).toEqual([
    'quote',
    'order',
    'proforma',
    'delivery_note',
    'invoice',
  ]);
  expect(new Set(state.documents.map(({ amount_gross }) => amount_gross)).size).toBe(1);
  expect(state.documents.at(-1)).toMatchObject({ numeration: 'WEB', e_invoice: true, ei_status: 'not_sent' });
}, 60_000);
