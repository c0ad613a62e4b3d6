import { mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Page } from 'playwright';
import { cardOn } from '../../scripts/card.ts';
import { popupSize } from '../../scripts/chromium.ts';
import { chooseCompany, connect, enableSite } from '../../scripts/story.ts';
import { approveDevice } from '../sandbox/consent.ts';
import { dumpStorage, openWorld, requestsTo, violationsOf, type World } from './setup.ts';

const directory = '.staffetta/look';
mkdirSync(directory, { recursive: true });

type Look = readonly ['it' | 'en', 'light' | 'dark'];
const looks: Look[] = [
  ['it', 'light'],
  ['en', 'dark'],
];

/** Takes the picture and asks axe. */
async function look(page: Page, name: string, [locale, scheme]: Look): Promise<void> {
  await page.setViewportSize(popupSize);
  await page.screenshot({ path: `${directory}/${name}-${locale}-${scheme}.png`, fullPage: true });
  expect(await violationsOf(page), name).toEqual([]);
}

/** Answers the two questions of those who want another way. */
async function answer(popup: Page, purpose: 'work' | 'trial', mayLogIn?: boolean): Promise<void> {
  await popup.locator('details summary').first().click();
  await popup
    .locator('input[name=purpose]')
    .nth(purpose === 'work' ? 0 : 1)
    .check();
  if (mayLogIn !== undefined)
    await popup
      .locator('input[name=login]')
      .nth(mayLogIn ? 0 : 1)
      .check();
}

/** Makes a token at the sandbox's own page, with these permissions ticked. */
async function makeToken({ stack, browser }: World, clientId: string, scopes: string[]): Promise<string> {
  const page = await browser.context.newPage();
  await page.goto(`${stack.sandbox.origin}/impostazioni/applicazioni-collegate`);
  await page.locator('input[type=email]').fill('demo@example.it');
  await page.locator('input[type=password]').fill('prova');
  await page.locator('button[type=submit]').click();
  await page.locator('input[name=client_id]').fill(clientId);
  for (const scope of scopes) await page.locator(`form:last-of-type input[value="${scope}"]`).check();
  await page.getByRole('button', { name: 'Crea il token' }).click();
  return (await page.locator('output').textContent()) ?? '';
}

it.each(looks.slice(0, 1))(
  'a device code in %s, %s: shown large, kept by the relay while the popup is closed',
  async (...shown) => {
    const world = await openWorld({ locale: shown[0], colorScheme: shown[1] });
    const popup = await world.enrolled();
    await answer(popup, 'work', false);
    await look(popup, 'ways', shown);
    await popup.locator('section > button').first().click();
    const code = popup.locator('.code');
    await code.waitFor();
    await look(popup, 'device', shown);
    const userCode = (await code.textContent()) ?? '';
    await popup.close();

    const again = await world.browser.openPopup();
    await again.locator('.code').waitFor();
    expect(await again.locator('.code').textContent()).toBe(userCode);
    await again.close();
    expect(JSON.stringify(await dumpStorage(world.browser))).not.toContain(userCode);

    await approveDevice(`${world.stack.sandbox.origin}/connetti`, userCode, { email: 'uno@example.it' });
    // With every window of ours closed the relay alone finds out.
    await expect.poll(() => world.stack.sandbox.state.devices[0]?.used).toBe(true);
    const last = await world.browser.openPopup();
    await last.locator('#query').waitFor();
    await last.locator('#query').fill('zzzz');
    await last.keyboard.press('Enter');
    await last.getByText(shown[0] === 'it' ? 'Nessun cliente' : 'No client').waitFor();
  },
);

it.each(looks.slice(1))(
  'a token made by hand in %s, %s: the wrong permission ticked, told which, fixed, works; and the token is nowhere in the browser',
  async (...shown) => {
    const [locale] = shown;
    const world = await openWorld({ locale, colorScheme: shown[1] });
    const popup = await world.enrolled();
    await answer(popup, 'trial');
    await look(popup, 'manual', shown);
    const clientId = (await popup.locator('code').textContent()) ?? '';
    const token = await makeToken(world, clientId, ['products:r']);
    await popup.bringToFront();

    await popup.locator('#token').fill('a/not-a-token-of-theirs');
    await popup.locator('button[type=submit]').click();
    await popup.locator('[data-code=token-refused]').waitFor();
    await popup.locator('#token').fill(token);
    await popup.locator('button[type=submit]').click();
    await popup.locator('#company').waitFor();
    await chooseCompany(popup, 'Officina Aurora S.r.l.');

    const search = async (): Promise<void> => {
      await popup.locator('#query').fill('Aurora');
      await popup.locator('form[role=search] button').first().click();
    };
    await search();
    const notice = popup.locator('[data-code=scope-not-ticked]').first();
    await notice.waitFor();
    expect(await notice.textContent()).toContain(locale === 'it' ? 'Vedere i clienti' : 'See your clients');
    await notice.locator('button').click();
    const check = popup.locator('#access-fatture-in-cloud > button');
    await check.click();
    await popup.locator('#access-fatture-in-cloud li', { hasText: '✗' }).first().waitFor();
    await look(popup, 'access', shown);

    const settings = await world.browser.context.newPage();
    await settings.goto(`${world.stack.sandbox.origin}/impostazioni/applicazioni-collegate`);
    await settings.locator('details summary').click();
    await settings.locator('details input[value="entity.clients:a"]').check();
    await settings.getByRole('button', { name: 'Modifica' }).click();
    await popup.bringToFront();

    await check.click();
    await popup
      .locator('#access-fatture-in-cloud li', { hasText: '✗' })
      .first()
      .waitFor({ state: 'detached' });
    expect(await popup.locator('#access-fatture-in-cloud li', { hasText: '✓' }).count()).toBe(4);
    await search();
    await popup.getByText('Aurora Giardini').waitFor();
    await look(popup, 'access-fixed', shown);
    expect(JSON.stringify(await dumpStorage(world.browser))).not.toContain(token);
    expect(world.stack.log.join('\n')).not.toContain(token);
    expect(world.stack.sandbox.state.clientsOf(101)).toHaveLength(15);
  },
);

it('only what the active actions need is asked for; more is asked when one is switched on, and declining loses nothing', async () => {
  const world = await openWorld({ locale: 'en' });
  const popup = await world.connected();
  await popup.locator('#access-fatture-in-cloud summary').click();
  const create = popup.getByLabel('Create clients');
  await create.uncheck();
  await popup.getByLabel('Update clients').uncheck();
  await popup.getByRole('button', { name: 'Reduce the permissions' }).waitFor();
  const asked: string[] = [];
  const reconnect = async (button: string, decision: 'Autorizza' | 'Rifiuta'): Promise<void> => {
    const opening = world.browser.context.waitForEvent('page');
    await popup.getByRole('button', { name: button }).click();
    const window = await opening;
    await window.getByRole('button', { name: decision }).waitFor();
    asked.push((await window.locator('ul').textContent()) ?? '');
    await window.getByRole('button', { name: decision }).click();
    await popup.locator('#query').waitFor();
  };
  await reconnect('Reduce the permissions', 'Autorizza');
  expect(asked).toEqual(['Vedere i clienti']);

  await popup.locator('#access-fatture-in-cloud summary').click();
  await create.check();
  const notice = popup.locator('[data-code=missing-scope]');
  await notice.waitFor();
  expect(await notice.textContent()).toContain('See, create, change and delete your clients');
  await reconnect('Connect again', 'Rifiuta');
  expect(asked[1]).toBe('Vedere, creare, modificare ed eliminare i clienti');
  await popup.locator('[data-code=declined]').waitFor();
  await popup.locator('#query').fill('zzzz');
  await popup.locator('form[role=search] button').first().click();
  await popup.getByText('No client matches').waitFor();
});

it('a site can have a company of its own, and every confirmation names the company', async () => {
  const world = await openWorld({ locale: 'en' });
  const popup = await world.enrolled();
  await connect(world.browser, popup, { email: 'demo@example.it' });
  await popup.locator('#company').waitFor();
  await chooseCompany(popup, 'Officina Aurora S.r.l.');
  await popup.close();
  const over = await enableSite(world.browser, world.shopOrigin);
  await over.locator('#site-company').selectOption({ label: 'Aurora Servizi S.n.c.' });
  await expect.poll(async () => (await dumpStorage(world.browser)).local).toContain('site-companies');
  const shop = await world.browser.context.newPage();
  await shop.goto(`${world.shopOrigin}/ordini/1042`);
  const card = await cardOn(shop);
  await card.waitForChip();
  await card.press('Staffetta');
  await card.waitFor('Aurora Servizi S.n.c.');
  expect(requestsTo(world.stack, 'GET', /\/c\/102\/entities\/clients$/)).toBeGreaterThan(0);
  expect(requestsTo(world.stack, 'GET', /\/c\/101\/entities\/clients$/)).toBe(0);
});

it('switches that are pressed faster than they are answered all hold', async () => {
  const world = await openWorld();
  const popup = await world.enrolled();
  await connect(world.browser, popup, { email: 'demo@example.it' });
  await chooseCompany(popup, 'Officina Aurora S.r.l.');
  const access = popup.locator('#access-fatture-in-cloud');
  await access.locator('summary').click();
  const boxes = access.locator('input:not(:disabled)');
  const unticked = async (): Promise<number> => access.locator('input:not(:checked)').count();
  expect(await unticked()).toBeGreaterThan(2);
  await boxes.evaluateAll((all) => {
    for (const box of all as HTMLInputElement[]) if (!box.checked) box.click();
  });
  // Not one of them goes back, not even for a moment: the state with the first alone must not untick the others.
  await popup.waitForFunction(
    () => document.querySelector('#access-fatture-in-cloud [data-code=missing-scope]') !== null,
  );
  expect(await unticked()).toBe(0);
  await popup.reload();
  await access.locator('summary').click();
  expect(await unticked()).toBe(0);
});
