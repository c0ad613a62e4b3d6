import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { cardOn } from '../../scripts/card.ts';
import { enableSite } from '../../scripts/story.ts';
import { openWorld } from './setup.ts';

const page = (name: string): string =>
  `<!doctype html><html lang="it"><head><title>Gestionale</title></head><body><main><p class="${name}">Officina Verde S.r.l.</p><i class="num">04172639991</i></main></body></html>`;

const recipe = {
  recipe: 1,
  id: 'gestionale',
  name: { it: 'Gestionale', en: 'Back office' },
  match: { path: '/schede/*' },
  customer: {
    root: ['main'],
    fields: { 'company-name': { select: ['.ditta'] }, 'partita-iva': { select: ['.num'] } },
  },
  order: { line: ['.riga'], fields: {}, whole: {}, includesVat: null },
};

it('a team’s own recipe is published, signed, and read in pages; one altered byte and it is refused; a redesign raises an alarm', async () => {
  const world = await openWorld({ pages: { '/schede/1': page('ditta') } });
  const { browser, stack, shopOrigin, dataDir } = world;
  await world.connected();
  await enableSite(browser, shopOrigin);
  const file = join(dataDir, 'recipes.json');
  await writeFile(file, JSON.stringify([recipe]));
  expect(await stack.run('recipes', 'publish', file)).toContain('version 1');

  const shop = await browser.context.newPage();
  await shop.goto(`${shopOrigin}/schede/1`);
  const card = await cardOn(shop);
  await card.waitForChip();
  await card.press('Staffetta');
  await card.waitFor('Officina Verde S.r.l.');
  // Its order is not there: the member is told, and the administrator.
  await card.waitFor('la sua ricetta va sistemata');
  await expect.poll(() => stack.run('recipes')).toContain('! gestionale on bottega.localhost finds no order');

  // Somebody changes what the extension keeps: it is read by nobody any more.
  const [worker] = browser.context.serviceWorkers();
  await worker?.evaluate(async () => {
    type Area = {
      get(name: string): Promise<Record<string, { signed: { text: string } }>>;
      set(what: object): Promise<void>;
    };
    const { storage } = (globalThis as unknown as { chrome: { storage: { local: Area } } }).chrome; // the worker's own global
    const { recipes } = await storage.local.get('recipes');
    if (recipes === undefined) throw new Error('no recipes');
    recipes.signed.text = recipes.signed.text.replace('.ditta', '.altra');
    await storage.local.set({ recipes });
  });
  await shop.reload();
  await shop.waitForLoadState('networkidle');
  expect(await card.hasChip()).toBe(false);
});

it('what the relay’s database says is not believed either, if it is not signed', async () => {
  const world = await openWorld({ pages: { '/schede/1': page('ditta') } });
  const { browser, stack, shopOrigin, dataDir } = world;
  await world.connected();
  await enableSite(browser, shopOrigin);
  const file = join(dataDir, 'recipes.json');
  await writeFile(file, JSON.stringify([recipe]));
  await stack.run('recipes', 'publish', file);
  const database = new DatabaseSync(join(dataDir, 'relay.sqlite'));
  database.exec(`UPDATE recipe_sets SET text = replace(text, '"Gestionale"', '"gestionalE"')`);
  database.close();
  const shop = await browser.context.newPage();
  await shop.goto(`${shopOrigin}/schede/1`);
  await shop.waitForLoadState('networkidle');
  expect(await (await cardOn(shop)).hasChip()).toBe(false);
});
