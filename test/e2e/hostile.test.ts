import { expect, it } from 'vitest';
import type { Page } from 'playwright';
import { cardOn, type PageCard } from '../../scripts/card.ts';
import { chooseCompany, connect, enableSite } from '../../scripts/story.ts';
import { dumpStorage, openWorld, requestsTo, type World } from './setup.ts';

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

/** Presses where the button is, as a person does who sees what the page lets them see. */
async function pressBlindly(card: PageCard, label: string): Promise<void> {
  await card.press(label).catch(() => undefined); // a button that is not laid out has no place to press
}

/** What a page can do to our chip, run in the page. */
const onTheChip: Array<[what: string, attack: () => void]> = [
  [
    'lays something over it',
    () => {
      const over = document.createElement('div');
      over.style.cssText = 'position:fixed;inset:0;z-index:2147483647;background:#fff';
      document.body.append(over);
    },
  ],
  [
    'makes it transparent',
    () => document.querySelector('staffetta-chip')?.setAttribute('style', 'opacity:0 !important'),
  ],
  [
    'makes what it stands in transparent',
    () => document.querySelector('staffetta-chip')?.parentElement?.setAttribute('style', 'opacity:0'),
  ],
  [
    'hides it',
    () => document.querySelector('staffetta-chip')?.setAttribute('style', 'visibility:hidden !important'),
  ],
  [
    'makes it tiny',
    () => document.querySelector('staffetta-chip')?.setAttribute('style', 'zoom:0.05 !important'),
  ],
  [
    'moves it away when the pointer goes down',
    () =>
      document.addEventListener('pointerdown', () => {
        const chip = document.querySelector<HTMLElement>('staffetta-chip');
        if (chip !== null) chip.style.cssText = 'position:fixed;top:-500px';
      }),
  ],
  [
    'takes the press for itself',
    () => {
      for (const name of ['pointerdown', 'mousedown', 'mouseup', 'click'])
        document.addEventListener(name, (event) => event.stopImmediatePropagation(), true);
    },
  ],
  [
    'presses it by script',
    () => {
      const chip = document.querySelector<HTMLElement>('staffetta-chip');
      chip?.click();
      chip?.dispatchEvent(new MouseEvent('click', { bubbles: true, composed: true }));
      chip?.remove();
    },
  ],
  [
    'puts a copy in its place',
    () => {
      const chip = document.querySelector('staffetta-chip');
      chip?.replaceWith(chip.cloneNode(true));
    },
  ],
];

it('F7: whatever a page does to the chip, no press that a person did not mean asks anything', async () => {
  const world = await open();
  for (const [what, attack] of onTheChip) {
    const { page, card } = await visit(world);
    await page.evaluate(attack);
    await pressBlindly(card, 'Staffetta');
    await page.waitForTimeout(300); // that nothing is asked has no event
    expect(requestsTo(world.stack, 'GET', clients), what).toBe(0);
    await page.goto('about:blank');
  }
  // The same press is heard where nothing was done.
  const { card } = await visit(world);
  await card.press('Staffetta');
  await card.waitFor('Crea il cliente');
});

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
  // The browser needs a moment to see what it now shows; a person needs longer to read it.
  await page.waitForTimeout(400);
  await card.press('Crea il cliente');
  await card.waitFor('Qualcosa copriva');
  await page.evaluate(() => document.querySelector('[popover]')?.remove());
  await page.waitForTimeout(400);
  await card.press('Crea il cliente');
  await card.waitFor('Cliente creato');
  expect(requestsTo(world.stack, 'POST', clients)).toBe(1);
  expect(world.stack.sandbox.state.clientsOf(101)).toHaveLength(16);
});

/** A page that has changed everything it can reach before our script came. */
const spying = `<!doctype html><script>
  window.seen = [];
  const keep = (what) => window.seen.push(String(what));
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (init) { keep('attachShadow ' + this.localName); return attach.call(this, { ...init, mode: 'open' }); };
  for (const [owner, name] of [[Node.prototype, 'appendChild'], [Element.prototype, 'append'], [Element.prototype, 'setAttribute'],
    [EventTarget.prototype, 'addEventListener'], [window, 'fetch'], [window, 'postMessage'], [JSON, 'parse'], [JSON, 'stringify']]) {
    const own = owner[name];
    owner[name] = function (...args) { keep(name + ' ' + args.map((arg) => arg?.textContent ?? arg).join(' ')); return own.apply(this, args); };
  }
  Object.defineProperty(Node.prototype, 'textContent', { get() { return 'bugia'; }, set() {}, configurable: true });
  Object.prototype.customer = 'bugia';
  new MutationObserver((changes) => { for (const { target, addedNodes } of changes) keep(target.nodeName + ' ' + [...addedNodes].map((node) => node.outerHTML ?? node.nodeValue).join(' ')); })
    .observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
  for (const name of ['click', 'keydown', 'focusin', 'copy', 'message']) window.addEventListener(name, (event) => keep(name + ' ' + event.composedPath().map((one) => one.nodeName).join(' ')), true);
</script><style>staffetta-chip { --x: 1 } staffetta-chip::part(card) { display: none } staffetta-chip * { display: none !important }</style>
<main><dl><dt>Ragione sociale</dt><dd>Falegnameria Monte Sole S.r.l.</dd><dt>Partita IVA</dt><dd>04172639991</dd></dl></main>`;

it('F6, F8: a page that has patched all it can reach sees that we are there and nothing of what we know, and what it says in our words is heard by nobody', async () => {
  const world = await open({ '/spia': spying });
  world.stack.sandbox.state.addClient(101, {
    name: 'Falegnameria Monte Sole S.r.l.',
    vat_number: '04172639991',
    email: 'segreta@example.it',
    address_city: 'Segretopoli',
  });
  const { page, card } = await visit(world, '/spia');
  const door = await page.evaluate(() => {
    const words = { name: 'client.find', input: { query: 'Aurora' } };
    window.postMessage(words, '*');
    document.dispatchEvent(new CustomEvent('client.find', { detail: words }));
    const { chrome } = window as unknown as { chrome?: { runtime?: { sendMessage?: unknown } } };
    return typeof chrome?.runtime?.sendMessage;
  });
  expect(door).toBe('undefined');
  expect(requestsTo(world.stack, 'GET', clients)).toBe(0);
  await card.press('Staffetta');
  await card.waitFor('Segretopoli');
  const seen = await page.evaluate(() => {
    const chip = document.querySelector('staffetta-chip');
    return {
      seen: (window as unknown as { seen: string[] }).seen.join('\n'),
      shadow: chip?.shadowRoot === null,
      html: chip?.outerHTML ?? '',
      text: (chip as HTMLElement | null)?.innerText ?? '',
      globals: Object.keys(window).join(' '),
      chrome: JSON.stringify(
        (window as unknown as { chrome?: { runtime?: unknown } }).chrome?.runtime ?? null,
      ),
    };
  });
  expect(seen.shadow).toBe(true);
  expect(seen.text).toBe('');
  expect(seen.html).toBe('<staffetta-chip></staffetta-chip>');
  const { session } = await dumpStorage(world.browser);
  const token = /a\/[\w.-]{20,}/.exec(session)?.[0] ?? '';
  expect(token).not.toBe('');
  const all = JSON.stringify(seen);
  for (const secret of ['Segretopoli', 'segreta@example.it', 'Officina Aurora', token]) {
    expect(all).not.toContain(secret);
  }
});

const evil = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>"\'`${1}{{1}}';

it('F9: markup in a name is shown as text, whether a page or the provider says it, in the card and in the popup', async () => {
  const page = `<!doctype html><main><dl><dt>Ragione sociale</dt><dd id="name"></dd><dt>Partita IVA</dt><dd>04172639991</dd></dl></main>
    <script>document.getElementById('name').textContent = ${JSON.stringify(evil).replaceAll('<', '\\u003c')}</script>`;
  const world = await open({ '/evil': page });
  const { popup } = world;
  world.stack.sandbox.state.addClient(101, {
    name: evil,
    vat_number: '04172639991',
    email: evil,
    address_city: evil,
  });
  const shop = await visit(world, '/evil');
  await shop.card.press('Staffetta');
  await shop.card.waitFor('È già cliente');
  expect(await shop.card.text()).toContain('<img src=x');
  expect(await shop.card.html()).not.toMatch(/<img|<script/);
  expect(await shop.page.evaluate(() => 'pwned' in window)).toBe(false);
  await popup.bringToFront();
  await popup.locator('#query').fill('onerror');
  await popup.keyboard.press('Enter');
  await popup.locator('.clients strong', { hasText: '<img src=x' }).waitFor();
  expect(await popup.locator('.clients img, .clients script').count()).toBe(0);
  expect(await popup.evaluate(() => 'pwned' in window)).toBe(false);
  // Nothing of it makes the popup wider than it is.
  expect(await popup.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
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
