import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { cardOn } from '../../scripts/card.ts';
import { chooseCompany, connect, enableSite, switchOn } from '../../scripts/story.ts';
import { openWorld } from './setup.ts';

const folder = 'test/vectors/recipes';
const names = readdirSync(folder).flatMap((file) => (file.endsWith('.html') ? [file.slice(0, -5)] : []));

interface Expected {
  url: string;
  customer: { name: string };
  order: { total: number | null } | null;
}

it('every built-in recipe reads its page in a real browser: whom it is about becomes a client, its order a quote of the same sum', async () => {
  const world = await openWorld();
  const { browser, stack } = world;
  const { state } = stack.sandbox;
  const popup = await world.enrolled();
  await connect(browser, popup, { email: 'demo@example.it' });
  await chooseCompany(popup, 'Officina Aurora S.r.l.');
  await switchOn(browser, popup, ['Fare preventivi']);
  expect(names).toHaveLength(5);
  for (const name of names) {
    const html = readFileSync(`${folder}/${name}.html`, 'utf8');
    const expected = JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8')) as Expected; // fixtures of our own
    const { origin } = new URL(expected.url);
    // The site's own address, answered from the fixture: host and path are part of what a recipe looks at.
    await browser.context.route(`${origin}/**`, (route) =>
      route.fulfill({ contentType: 'text/html; charset=utf-8', body: html }),
    );
    await enableSite(browser, origin);
    const page = await browser.context.newPage();
    await page.goto(expected.url);
    const card = await cardOn(page);
    await card.waitForChip();
    await card.press('Staffetta');
    await card.waitFor('Crea il cliente');
    await card.press('Crea il cliente');
    await card.waitFor('Cliente creato');
    expect(state.clientsOf(101).at(-1), name).toMatchObject({ name: expected.customer.name });
    if (expected.order === null) continue;
    await card.press('Crea un documento');
    const before = state.documents.length;
    await card.waitFor('Crea un preventivo');
    await card.press('Crea un preventivo');
    await card.waitFor(`Preventivo ${before + 1}`);
    expect(state.documents, name).toHaveLength(before + 1);
    expect(Math.round((state.documents.at(-1)?.amount_gross ?? 0) * 100_000), name).toBe(
      expected.order.total,
    );
  }
}, 60_000);
