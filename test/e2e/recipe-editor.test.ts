import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { Page } from 'playwright';
import { cardOn } from '../../scripts/card.ts';
import { enableSite } from '../../scripts/story.ts';
import { openWorld, violationsOf, type World } from './setup.ts';
import { variants } from '../variants.ts';

const directory = '.staffetta/look';
mkdirSync(directory, { recursive: true });

/** A page that says nothing in a way that could be read by itself. */
const page = `<!doctype html><html lang="it"><head><title>Scheda 7</title></head><body><main>
  <p class="ditta">Officina Verde S.r.l.</p><i class="num">04172639991</i>
  <table class="voci"><tbody>
    <tr class="riga"><td>Vite M4</td><td>10</td><td>0,20</td><td>2,00</td></tr>
    <tr class="riga"><td>Dado M4</td><td>10</td><td>0,10</td><td>1,00</td></tr>
  </tbody></table>
  <b id="iva">0,66</b> <b id="totale">3,66</b>
  </main></body></html>`;

async function open(locale: 'it' | 'en', colorScheme: 'light' | 'dark') {
  const world = await openWorld({ locale, colorScheme, pages: { '/schede/7': page, '/schede/8': page } });
  await world.connected();
  await enableSite(world.browser, world.shopOrigin);
  const shop = await world.browser.context.newPage();
  await shop.goto(`${world.shopOrigin}/schede/7`);
  const options = await world.browser.context.newPage();
  await options.goto(`chrome-extension://${world.browser.extensionId}/options.html`);
  return { world, shop, options };
}

async function makeAdmin({ stack }: World): Promise<void> {
  const [memberId = ''] = /mem_\S+/.exec(await stack.run('installations')) ?? [];
  expect(await stack.run('members', 'role', memberId, 'admin')).toContain('admin');
}

/** Presses "point" for a field and then on something in the page. */
async function point(options: Page, shop: Page, field: string, target: string): Promise<void> {
  await options.bringToFront();
  await options.locator(`.pick:has(#recipe-${field}) button`).click();
  await shop.locator('staffetta-picker').waitFor({ state: 'attached' });
  await shop.locator(target).first().click();
  await expect.poll(() => options.locator(`#recipe-${field}`).inputValue()).not.toBe('');
}

it.each(
  variants([
    [
      'it',
      'light',
      'Nuova ricetta',
      'Inizia da questa pagina',
      'Trova: Officina Verde S.r.l.',
      '2 righe',
      'Pubblica per tutti',
      'pubblicata per tutti',
    ],
  ] as const),
)(
  'an administrator points at an open page, sees what is found as it is, and publishes; pages are read so at once (%s, %s)',
  async (locale, colorScheme, make, begin, finds, rows, publish, published) => {
    const { world, shop, options } = await open(locale, colorScheme);
    await makeAdmin(world);
    await options.reload();
    await options.getByRole('button', { name: make }).click();
    await options.getByRole('button', { name: begin }).click();
    await point(options, shop, 'company-name', '.ditta');
    await options.locator('[data-found="recipe-company-name"]', { hasText: finds }).waitFor();
    await point(options, shop, 'partita-iva', '.num');
    await point(options, shop, 'rows', '.riga td');
    for (const [field, cell] of [
      ['line-description', 1],
      ['line-quantity', 2],
      ['line-unit-price', 3],
      ['line-line-total', 4],
    ] as const) {
      await point(options, shop, field, `.riga:nth-of-type(2) td:nth-of-type(${cell})`);
    }
    await point(options, shop, 'whole-tax', '#iva');
    await point(options, shop, 'whole-total', '#totale');
    await options.locator('[data-found="recipe-rows"]', { hasText: rows }).waitFor();
    // The page changes; what is shown follows with the next look.
    await shop.evaluate(() => {
      const name = document.querySelector('.ditta');
      if (name !== null) name.textContent = 'Altra Ditta S.n.c.';
    });
    await options.bringToFront();
    await options.locator('#recipe-name').fill('Gestionale');
    await options.locator('[data-found="recipe-company-name"]', { hasText: 'Altra Ditta' }).waitFor();
    await options.screenshot({ path: `${directory}/recipe-${locale}-${colorScheme}.png`, fullPage: true });
    expect(await violationsOf(options)).toEqual([]);
    // What was written so far outlives the page.
    await options.reload();
    expect(await options.locator('#recipe-name').inputValue()).toBe('Gestionale');
    await options.getByRole('button', { name: publish }).click();
    await options.getByText(published).waitFor();
    expect(await world.stack.run('recipes')).toContain('* version 1');

    // Another page of the same kind.
    const other = await world.browser.context.newPage();
    await other.goto(`${world.shopOrigin}/schede/8`);
    const card = await cardOn(other);
    await card.waitForChip();
    await card.press('Staffetta');
    await card.waitFor('Officina Verde S.r.l.');
  },
  60_000,
);

it('who is no administrator tries a recipe out and downloads it; a page’s own handlers get none of the pointing', async () => {
  const { shop, options } = await open('it', 'light');
  await shop.evaluate(() => {
    document.addEventListener('click', () => document.body.setAttribute('data-clicked', ''));
  });
  await options.getByRole('button', { name: 'Nuova ricetta' }).click();
  await options.getByRole('button', { name: 'Inizia da questa pagina' }).click();
  await point(options, shop, 'company-name', '.ditta');
  expect(await shop.locator('body').getAttribute('data-clicked')).toBeNull();
  expect(await options.getByRole('button', { name: 'Pubblica per tutti' }).count()).toBe(0);
  const downloading = options.waitForEvent('download');
  await options.getByRole('button', { name: 'Scarica per chi amministra' }).click();
  const text = await readFile(await (await downloading).path(), 'utf8');
  expect(JSON.parse(text)).toMatchObject([
    { match: { all: [{ host: 'bottega.localhost' }, { path: '/schede/*' }] }, customer: { fields: {} } },
  ]);
});
