import { expect, it } from 'vitest';
import {
  openBrowserWorld,
  type BrowserWorld,
  type Screen,
  inEachBrowser,
  type BrowserName,
} from './driver.ts';
import { registeredSites, requestsTo } from './setup.ts';

const clients = /\/entities\/clients$/;

/** The company of the user that the world connects as. */
const companyOf = ({ stack }: BrowserWorld): number =>
  stack.sandbox.state.companies.find(({ name }) => name.startsWith('Torrefazione'))?.id ?? 0;

async function open(
  name: BrowserName,
  pages: Record<string, string> = {},
): Promise<BrowserWorld & { connectedPopup: Screen }> {
  const world = await openBrowserWorld(name, { pages });
  const connectedPopup = await world.connected();
  await world.enableShop();
  return { ...world, connectedPopup };
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
    () =>
      document
        .querySelector('staffetta-chip')
        // Under the pointer all the same.
        ?.setAttribute('style', 'display:inline-block !important;transform:scaleY(0.3) !important'),
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

const evil = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>"\'`${1}{{1}}';

/** The page's own global. */
interface ExtensionGlobal {
  browser: {
    tabs: { query(filter: object): Promise<Array<{ id: number; url?: string }>> };
    scripting: { executeScript(script: object): Promise<Array<{ result: unknown }>> };
  };
}

/** Sends messages from a content script of ours in the shop's page, and answers what came back. */
const sendFromPage = (own: Screen, shopOrigin: string): Promise<unknown[]> =>
  own.run(async (origin) => {
    const { browser } = globalThis as unknown as ExtensionGlobal;
    const tab = (await browser.tabs.query({})).find(({ url }) => url?.startsWith(origin));
    const [run] = await browser.scripting.executeScript({
      target: { tabId: tab?.id },
      func: async () => {
        const { runtime } = (
          globalThis as unknown as {
            browser: { runtime: { sendMessage(message: unknown): Promise<unknown> } };
          }
        ).browser;
        const messages = [
          { name: 'state.read', input: { origin: null } },
          { name: 'connection.start', input: { providerId: 'fatture-in-cloud' } },
          { name: 'client.find', input: { query: 'Aurora' } },
          { name: 'grant.read', input: {} },
          { name: 'constructor', input: {} },
          { name: 'state.read', input: { origin: null }, sender: { url: 'chrome-extension://x/popup.html' } },
          { name: 'proposal.confirm', input: { proposalId: 'A'.repeat(22), tabId: 1 } },
          'token please',
        ];
        return Promise.all(messages.map((message) => runtime.sendMessage(message)));
      },
    });
    return run?.result as unknown[]; // what the function above answers
  }, shopOrigin);

inEachBrowser((name) => {
  it('F6: a content script that asks for a token or anything privileged, or lies about who it is, is refused and counted', async () => {
    const world = await open(name);
    await world.shopPage();
    const answers = await sendFromPage(world.connectedPopup, world.shopOrigin);
    expect(answers).toHaveLength(8);
    for (const answer of answers) {
      expect(answer).toMatchObject({
        ok: false,
        failure: { code: expect.stringMatching(/not-allowed|request-invalid/) },
      });
    }
    expect((await world.kept()).session).toMatch(/"page-refusals":[1-9]/);
    expect(requestsTo(world.stack, 'GET', clients)).toBe(0);
  });

  it('F7: whatever a page does to the chip, no press that a person did not mean asks anything', async () => {
    const world = await open(name);
    /** How often the customer was looked for whom an order is of. */
    const asked = (vatNumber: string): number =>
      world.stack.sandbox.exchanges.filter(
        ({ path, query }) => clients.test(path) && query.includes(vatNumber),
      ).length;
    for (const [index, [what, attack]] of onTheChip.entries()) {
      const { page, card } = await world.shopPage();
      const press = await card.aim('Staffetta');
      await page.run(attack, null);
      await press();
      // A press that is heard, after it: what the one before had asked would have been asked by now.
      const other = await world.shopPage('/ordini/1043');
      await other.card.press('Staffetta');
      await other.card.waitFor('Crea il cliente');
      expect(asked('01234567897')).toBe(index + 1);
      expect(asked('04172639991'), what).toBe(0);
      await page.close();
      await other.page.close();
    }
    // The same press is heard where nothing was done.
    const { card } = await world.shopPage();
    await (
      await card.aim('Staffetta')
    )();
    await card.waitFor('Crea il cliente');
    expect(asked('04172639991')).toBe(1);
  });

  it('F6, F8: a page that has patched all it can reach sees that we are there and nothing of what we know, and what it says in our words is heard by nobody', async () => {
    const world = await open(name, { '/spia': spying });
    world.stack.sandbox.state.addClient(companyOf(world), {
      name: 'Falegnameria Monte Sole S.r.l.',
      vat_number: '04172639991',
      email: 'segreta@example.it',
      address_city: 'Segretopoli',
    });
    const { page, card } = await world.shopPage('/spia');
    const door = await page.run(() => {
      const words = { name: 'client.find', input: { query: 'Aurora' } };
      window.postMessage(words, '*');
      document.dispatchEvent(new CustomEvent('client.find', { detail: words }));
      const { chrome } = window as unknown as { chrome?: { runtime?: { sendMessage?: unknown } } };
      return typeof chrome?.runtime?.sendMessage;
    }, null);
    expect(door).toBe('undefined');
    expect(requestsTo(world.stack, 'GET', clients)).toBe(0);
    await card.press('Staffetta');
    await card.waitFor('Segretopoli');
    const seen = await page.run(() => {
      const chip = document.querySelector('staffetta-chip');
      const { seen: noted } = window as unknown as { seen: string[] };
      return {
        seen: noted.join('\n'),
        shadow: chip?.shadowRoot === null,
        html: chip?.outerHTML ?? '',
        text: (chip as HTMLElement | null)?.innerText ?? '',
        globals: Object.keys(window).join(' '),
      };
    }, null);
    expect(seen.shadow).toBe(true);
    expect(seen.text).toBe('');
    expect(seen.html).toBe('<staffetta-chip></staffetta-chip>');
    const token = /a\/[\w.-]{20,}/.exec((await world.kept()).session)?.[0] ?? '';
    expect(token).not.toBe('');
    for (const secret of ['Segretopoli', 'segreta@example.it', 'Torrefazione', token]) {
      expect(JSON.stringify(seen)).not.toContain(secret);
    }
  });

  it('F9: markup in a name is shown as text, whether a page or the provider says it, in the card and in the popup', async () => {
    const html = `<!doctype html><main><dl><dt>Ragione sociale</dt><dd id="name"></dd><dt>Partita IVA</dt><dd>04172639991</dd></dl></main>
    <script>document.getElementById('name').textContent = ${JSON.stringify(evil).replaceAll('<', '\\u003c')}</script>`;
    const world = await open(name, { '/evil': html });
    const { connectedPopup: popup } = world;
    world.stack.sandbox.state.addClient(companyOf(world), {
      name: evil,
      vat_number: '04172639991',
      email: evil,
      address_city: evil,
    });
    const { page, card } = await world.shopPage('/evil');
    await card.press('Staffetta');
    await card.waitFor('È già cliente');
    expect(await card.text()).toContain('<img src=x');
    expect(await card.html()).not.toMatch(/<img|<script/);
    expect(await page.run(() => 'pwned' in window, null)).toBe(false);
    await popup.toFront();
    await popup.fill('#query', 'onerror');
    await popup.pressKey('Enter');
    await popup.waitFor('.clients strong');
    await popup.waitForText('<img src=x');
    expect(await popup.has('.clients img, .clients script')).toBe(false);
    expect(await popup.run(() => 'pwned' in window, null)).toBe(false);
    // Nothing of it makes the popup wider than it is.
    expect(await popup.run(() => document.documentElement.scrollWidth <= window.innerWidth, null)).toBe(true);
  });

  it('F11: a site’s permission, and the relay’s, that were taken back in the browser are noticed and given again in one press', async () => {
    const world = await open(name);
    const options = await world.own('options.html');
    await options.waitForText('attivo');
    expect(await options.run(registeredSites, null)).toEqual([world.shopOrigin]);
    await world.takeAway(world.shopOrigin);
    await options.waitForText('non permette più');
    await expect.poll(() => options.run(registeredSites, null)).toEqual([]);
    await world.preapprove(world.shopOrigin);
    await options.press('Usa in questo sito');
    await options.waitForText('Pausa');
    await world.shopPage();
    // In Chromium the sandbox's relay, on loopback, is among what is allowed by installing.
    if (name === 'Chromium') return;
    await world.takeAway(world.stack.relayOrigin);
    const popup = await world.popup();
    await popup.click('.notice[data-code="relay-not-allowed"] button');
    await popup.waitFor('#query');
  });

  it('F12: in a private window the card works, and nothing of what stood in the page is kept on disk', async () => {
    const world = await openBrowserWorld(name, { privateBrowsing: 'allowed' });
    await world.connected();
    await world.enableShop();
    const card = await world.cardOn(await world.visitPrivately(`${world.shopOrigin}/ordini/1042`));
    await card.waitForChip();
    const before = (await world.kept()).local;
    await card.press('Staffetta');
    await card.waitFor('Crea il cliente');
    await card.press('Prima modifica');
    await expect.poll(async () => (await world.kept()).session).toContain('"written"');
    expect((await world.kept()).local).toBe(before);
    // In Firefox a page of ours knows by itself that it is private.
    if (name === 'Firefox') return;
    await world.typeInPrivatePanel('Nuovo cliente', '#name', 'Bianchi Restauri S.r.l.');
    await expect.poll(async () => (await world.kept()).session.split('"sealed"').length - 1).toBe(2);
    expect((await world.kept()).local).toBe(before);
  });

  it('F16: a tab that is open while the extension is updated goes on with the new one', async () => {
    const world = await open(name);
    const { page, card } = await world.shopPage();
    await card.press('Staffetta');
    await card.waitFor('Crea il cliente');
    await world.update();
    // The old card is gone with its chip; the new script has put its own there.
    await expect.poll(async () => (await card.text()).includes('Crea il cliente')).toBe(false);
    await card.waitForChip();
    await page.toFront();
    await card.press('Staffetta');
    await card.waitFor('Crea il cliente');
    await card.press('Crea il cliente');
    await card.waitFor('Cliente creato');
    expect(world.stack.sandbox.state.clientsOf(companyOf(world))).toHaveLength(1);
  });
});
