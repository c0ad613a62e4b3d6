import { expect, it } from 'vitest';
import type { Page } from 'playwright';
import { cardOn } from '../../scripts/card.ts';
import { chooseCompany, connect, enableSite } from '../../scripts/story.ts';
import { openWorld, requestsTo, type World } from './setup.ts';

const customer = (name: string): string => `
  <section><h2>Cliente</h2>
    <dl><dt>Ragione sociale</dt><dd>${name}</dd><dt>Partita IVA</dt><dd>04172639991</dd></dl>
  </section>`;

/** Components with open shadow roots, one within the other; the inner one gets its data late. */
const components = `<!doctype html><h1>Ordine</h1><scheda-ordine></scheda-ordine>
  <pie-di-pagina></pie-di-pagina>
  <script>
    customElements.define('scheda-cliente', class extends HTMLElement {
      connectedCallback() { this.attachShadow({ mode: 'open' }).innerHTML = '<p>Carico…</p>'; }
    });
    customElements.define('scheda-ordine', class extends HTMLElement {
      connectedCallback() { this.attachShadow({ mode: 'open' }).innerHTML = '<article><scheda-cliente></scheda-cliente></article>'; }
    });
    customElements.define('pie-di-pagina', class extends HTMLElement {
      connectedCallback() { this.attachShadow({ mode: 'open' }).innerHTML = '<footer>Bottega Levante · P. IVA 02345678904</footer>'; }
    });
    window.load = () => {
      document.querySelector('scheda-ordine').shadowRoot.querySelector('scheda-cliente').shadowRoot.innerHTML =
        ${JSON.stringify(customer('Falegnameria Monte Sole S.r.l.'))};
    };
    window.cover = () => {
      const over = document.createElement('div');
      over.style.cssText = 'position:fixed;inset:0;z-index:2147483647;opacity:0.01';
      document.querySelector('scheda-ordine').shadowRoot.append(over);
    };
  </script>`;

async function open(pages: Record<string, string>): Promise<World> {
  const world = await openWorld({ pages });
  const popup = await world.enrolled();
  await connect(world.browser, popup, { email: 'demo@example.it' });
  await chooseCompany(popup, 'Officina Aurora S.r.l.');
  await enableSite(world.browser, world.shopOrigin);
  return world;
}

async function visit({ browser }: World, url: string): Promise<Page> {
  const page = await browser.context.newPage();
  await page.goto(url);
  return page;
}

it('in a frame of the same site the customer is found and the card works there', async () => {
  const world = await open({
    '/ufficio': '<!doctype html><h1>Ufficio</h1><iframe src="/dentro" width="700" height="600"></iframe>',
    '/dentro': `<!doctype html>${customer('Falegnameria Monte Sole S.r.l.')}`,
  });
  const page = await visit(world, `${world.shopOrigin}/ufficio`);
  const card = await cardOn(page);
  await card.waitForChip();
  await card.press('Staffetta');
  await card.waitFor('Crea il cliente');
  await card.press('Crea il cliente', 2);
  await card.waitFor('Cliente creato');
  expect(requestsTo(world.stack, 'POST', /\/entities\/clients$/)).toBe(1);
});

it('F7: in a frame of an enabled site that another site’s page has laid out there is nothing to press', async () => {
  const world = await open({ '/dentro': `<!doctype html>${customer('Falegnameria Monte Sole S.r.l.')}` });
  const { port } = new URL(world.shopOrigin);
  const inner = `${world.shopOrigin}/dentro`;
  // The same server by another name: another site, which was not enabled.
  const page = await visit(world, `http://altrove.localhost:${port}/inventario`);
  await page.evaluate((src) => {
    document.body.innerHTML = `<iframe src="${src}" width="700" height="600"></iframe>`;
  }, inner);
  const frame = page.frameLocator('iframe');
  await frame.getByText('Falegnameria').waitFor();
  // The same page by itself gets its chip: by then the frame would have had one, too.
  const alone = await visit(world, inner);
  await (await cardOn(alone)).waitForChip();
  expect(await frame.locator('staffetta-chip').count()).toBe(0);
  expect(await alone.locator('staffetta-chip').count()).toBe(1);
});

it('in open shadow roots the customer is found, also late, and a page cannot lay anything over the button there', async () => {
  const world = await open({ '/componenti': components });
  const page = await visit(world, `${world.shopOrigin}/componenti`);
  const card = await cardOn(page);
  await page.getByText('Carico…').waitFor();
  // Read once while there was nothing; what comes into a shadow root is not seen by who watches the document alone.
  await page.waitForFunction(() => document.visibilityState === 'visible');
  await page.evaluate(() => (window as unknown as { load(): void }).load());
  await card.waitForChip();
  await page.evaluate(() => (window as unknown as { cover(): void }).cover());
  await card.press('Staffetta');
  await page.reload();
  await page.evaluate(() => (window as unknown as { load(): void }).load());
  await card.waitForChip();
  await card.press('Staffetta');
  await card.waitFor('Crea il cliente');
  // Had the covered button been pressed, the customer would have been looked for twice.
  expect(requestsTo(world.stack, 'GET', /\/entities\/clients$/)).toBe(1);
  expect(await card.text()).toContain('Falegnameria Monte Sole');
});
