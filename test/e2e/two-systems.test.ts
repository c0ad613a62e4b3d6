import { mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Page } from 'playwright';
import { popupSize } from '../../scripts/chromium.ts';
import { chooseCompany, connect } from '../../scripts/story.ts';
import { dumpStorage, openWorld, violationsOf, type World } from './setup.ts';

const directory = '.staffetta/look';
mkdirSync(directory, { recursive: true });

async function look(page: Page, name: string): Promise<void> {
  await page.setViewportSize(popupSize);
  await page.screenshot({ path: `${directory}/${name}.png`, fullPage: true });
  expect(await violationsOf(page), name).toEqual([]);
}

/** Connects Stora through its own page. */
async function connectStora({ browser }: World, popup: Page): Promise<void> {
  await popup.locator('.other summary').first().click();
  const opening = browser.context.waitForEvent('page');
  await popup.locator('.other section > button').first().click();
  const window = await opening;
  await window.getByRole('button', { name: 'Autorizza' }).click();
  await popup.locator('h2', { hasText: 'Stora' }).waitFor();
}

/** Both systems connected, the first company chosen. */
async function open(locale: 'it' | 'en', colorScheme: 'light' | 'dark') {
  const world = await openWorld({ locale, colorScheme, withStora: true });
  const popup = await world.enrolled();
  await connect(world.browser, popup, { email: 'demo@example.it' });
  await popup.locator('#company').waitFor();
  await chooseCompany(popup, 'Officina Aurora S.r.l.').catch(() => undefined);
  await connectStora(world, popup);
  return { ...world, popup };
}

const search = async (popup: Page, text: string): Promise<void> => {
  await popup.locator('#query').fill(text);
  await popup.keyboard.press('Enter');
};

it.each([
  ['it', 'light'],
  ['en', 'dark'],
] as const)(
  'one search in both systems, %s %s: matched, conflicts named, the missing one added once',
  async (locale, scheme) => {
    const world = await open(locale, scheme);
    const { popup, stack } = world;
    const [say, add] = locale === 'it' ? ['non sono d’accordo', 'Aggiungi a'] : ['disagree about', 'Add to'];

    await search(popup, 'Aurora Giardini');
    const person = popup.locator('.person', { hasText: 'Aurora Giardini' });
    await person.getByText('Stora:').waitFor();
    expect(await person.count()).toBe(1);
    expect(await person.textContent()).toContain('Fatture in Cloud:');
    await person.locator('button[aria-expanded=false]').click();
    await person.getByText('Bologna Nord').waitFor();
    expect(await person.textContent()).toContain('130,78'.replace(',', locale === 'it' ? ',' : '.'));
    await look(popup, `person-${locale}-${scheme}`);

    await person.locator('form').nth(0).locator('input').first().fill('Ha chiamato per il box');
    await person.locator('form').nth(0).locator('button').click();
    await expect.poll(() => stack.stora.state.list('notes').length).toBe(1);
    // Its event on the timeline follows by itself.
    await expect.poll(() => stack.stora.state.list('timeline/events').length, { timeout: 10_000 }).toBe(1);

    await search(popup, 'Este');
    const conflicting = popup.locator('.person', { hasText: 'Este' }).first();
    await conflicting.getByText(say).waitFor();
    await look(popup, `conflict-${locale}-${scheme}`);

    await search(popup, 'Giulia Verdi');
    const missing = popup.locator('.person', { hasText: 'Giulia Verdi' });
    await missing.getByRole('button', { name: `${add} Fatture in Cloud` }).click();
    const confirm = missing.locator('.notice button').first();
    await confirm.dblclick();
    await missing.getByText('Fatture in Cloud:').waitFor();
    expect(stack.sandbox.state.clientsOf(101).filter(({ name }) => name === 'Giulia Verdi')).toHaveLength(1);

    await search(popup, 'Alta Valle');
    const lone = popup.locator('.person', { hasText: 'Alta Valle' });
    await lone.getByRole('button', { name: `${add} Stora` }).click();
    await lone.locator('.notice button').first().dblclick();
    await lone.getByText('Stora:').waitFor();
    const emails = stack.stora.state.list('contacts').map(({ email }) => email);
    expect(emails.filter((email) => email === 'segreteria@altavalle.example.it')).toHaveLength(1);
    await expect.poll(() => stack.stora.state.list('timeline/events').length, { timeout: 10_000 }).toBe(2);

    const stored = JSON.stringify(await dumpStorage(world.browser));
    for (const secret of stack.stora.state.secrets()) expect(stored).not.toContain(secret);
  },
);

it('Stora disconnected leaves Fatture in Cloud as it was; a page of Stora’s own that never calls back is explained', async () => {
  const { popup, stack } = await open('en', 'light');
  await popup.locator('.other button', { hasText: 'Disconnect' }).click();
  await popup.getByRole('button', { name: 'Yes, disconnect' }).click();
  await popup.getByText('the permission has been taken back').waitFor();
  expect(stack.stora.state.pairs.every(({ revoked }) => revoked)).toBe(true);
  // The search in both has made room for the one in the first.
  await popup.getByText('Find a client').waitFor();
  await search(popup, 'Aurora');
  await popup.getByText('Aurora Giardini').waitFor();
});

it('an open invoice of Stora becomes one draft in Fatture in Cloud, equal to the cent, with a note and its event', async () => {
  const world = await open('it', 'light');
  const { popup, stack, browser } = world;
  await popup.locator('#access-fatture-in-cloud summary').click();
  await popup.getByLabel('Fare bozze (proforma) dalle fatture di Stora').check();
  const opening = browser.context.waitForEvent('page');
  await popup.locator('[data-code=missing-scope] button').click();
  await (await opening).getByRole('button', { name: 'Autorizza' }).click();
  // While the login is open the popup shows nothing else of this provider.
  await popup.locator('#access-fatture-in-cloud').waitFor();

  await search(popup, 'Aurora Giardini');
  const person = popup.locator('.person', { hasText: 'Aurora Giardini' });
  await person.locator('button[aria-expanded=false]').click();
  await person.getByRole('button', { name: 'Bozza in Fatture in Cloud' }).click();
  await look(popup, 'draft-it-light');
  await person.getByRole('button', { name: 'Crea la bozza' }).dblclick();
  await person.getByText('Proforma 1 pronta in Officina Aurora S.r.l.').waitFor();
  expect(stack.sandbox.state.documents).toMatchObject([{ subject: 'Stora STO-0002', amount_gross: 130.78 }]);
  await expect.poll(() => stack.stora.state.list('notes').length, { timeout: 10_000 }).toBe(1);
  await expect.poll(() => stack.stora.state.list('timeline/events').length, { timeout: 10_000 }).toBe(1);
});

it('free units by site and type', async () => {
  const { popup } = await open('en', 'light');
  await popup.locator('summary', { hasText: 'Free units' }).click();
  await popup.getByText('Ancona Porto').waitFor();
  expect(await popup.getByText('2 free · €99.00 a month').count()).toBe(3);
});
