import { mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Page } from 'playwright';
import { popupSize } from '../../scripts/chromium.ts';
import { chooseCompany, connect, connectStora } from '../../scripts/story.ts';
import { book } from '../sandbox/stora/book.ts';
import { dumpStorage, killBackground, openWorld, violationsOf } from './setup.ts';
import { variants } from '../variants.ts';

const directory = '.staffetta/look';
mkdirSync(directory, { recursive: true });

async function look(page: Page, name: string): Promise<void> {
  await page.setViewportSize(popupSize);
  await page.screenshot({ path: `${directory}/${name}.png`, fullPage: true });
  expect(await violationsOf(page), name).toEqual([]);
}

/** Both systems connected, the first company chosen. */
async function open(locale: 'it' | 'en', colorScheme: 'light' | 'dark') {
  const world = await openWorld({ locale, colorScheme, withStora: true });
  const popup = await world.enrolled();
  await connect(world.browser, popup, { email: 'demo@example.it' });
  await popup.locator('#company').waitFor();
  await chooseCompany(popup, 'Officina Aurora S.r.l.').catch(() => undefined);
  await connectStora(world.browser, popup);
  return { ...world, popup };
}

const search = async (popup: Page, text: string): Promise<void> => {
  await popup.locator('#query').fill(text);
  await popup.keyboard.press('Enter');
};

it.each(
  variants([
    ['it', 'light'],
    ['en', 'dark'],
  ] as const),
)(
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
    await expect.poll(() => stack.stora.state.list('timeline/events').length).toBe(1);

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
    await expect.poll(() => stack.stora.state.list('timeline/events').length).toBe(2);

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

/** Switches making drafts on, with the login that its permissions need. */
async function allowDrafts(
  { browser, popup }: Awaited<ReturnType<typeof open>>,
  label: string,
): Promise<void> {
  await popup.locator('#access-fatture-in-cloud summary').click();
  await popup.getByLabel(label).check();
  const opening = browser.context.waitForEvent('page');
  await popup.locator('[data-code=missing-scope] button').click();
  await (await opening).getByRole('button', { name: 'Autorizza' }).click();
  // While the login is open the popup shows nothing else of this provider.
  await popup.locator('#access-fatture-in-cloud').waitFor();
}

const italianLabel = 'Fare bozze (proforma) dalle fatture di Stora';

it('an open invoice of Stora becomes one draft in Fatture in Cloud, equal to the cent, with a note, its event and the link', async () => {
  const world = await open('it', 'light');
  const { popup, stack } = world;
  await allowDrafts(world, italianLabel);

  await search(popup, 'Aurora Giardini');
  const person = popup.locator('.person', { hasText: 'Aurora Giardini' });
  await person.locator('button[aria-expanded=false]').click();
  await person.getByRole('button', { name: 'Bozza in Fatture in Cloud' }).click();
  await look(popup, 'draft-it-light');
  await person.getByRole('button', { name: 'Crea la bozza' }).dblclick();
  await person.getByText('Proforma 1 pronta in Officina Aurora S.r.l.').waitFor();
  expect(stack.sandbox.state.documents).toMatchObject([{ subject: 'Stora STO-0002', amount_gross: 130.78 }]);
  await expect.poll(() => stack.stora.state.list('notes').length).toBe(1);
  await expect
    .poll(() => stack.stora.state.list('timeline/events'))
    .toMatchObject([{ external: { url: stack.sandbox.state.documents[0]?.url } }]);
});

it('a booking in Stora becomes a client and a draft in Fatture in Cloud, with both on the timeline', async () => {
  const world = await open('it', 'light');
  const { popup, stack } = world;
  const { contact } = book(stack.stora, {
    name: 'Rossella Amati',
    email: 'rossella.amati@example.it',
    net: 16_900,
    tax: 3_718,
  });
  await allowDrafts(world, italianLabel);
  await search(popup, 'Rossella Amati');
  const person = popup.locator('.person', { hasText: 'Rossella Amati' });
  await person.getByRole('button', { name: 'Aggiungi a Fatture in Cloud' }).click();
  await person.locator('.notice button').first().click();
  await person.getByText('Fatture in Cloud:').waitFor();
  await person.locator('button[aria-expanded=false]').click();
  await person.getByRole('button', { name: 'Bozza in Fatture in Cloud' }).click();
  await person.getByRole('button', { name: 'Crea la bozza' }).click();
  await person.getByText('Proforma 1 pronta').waitFor();
  expect(stack.sandbox.state.clientsOf(101).filter(({ name }) => name === 'Rossella Amati')).toHaveLength(1);
  expect(stack.sandbox.state.documents).toMatchObject([
    { amount_gross: 206.18, entity: { name: 'Rossella Amati' } },
  ]);
  await expect
    .poll(() => stack.stora.state.list('timeline/events'))
    .toMatchObject([{ contact: { id: contact.id }, description: 'Note added via Staffetta' }]);
});

it.each(
  variants([
    ['it', 'light', italianLabel, 'Crea le bozze', '4 di 4: 2 create, 0 già presenti, 2 saltate'],
    [
      'en',
      'dark',
      'Make drafts (pro forma) from Stora invoices',
      'Make the drafts',
      '4 of 4: 2 made, 0 there already, 2 skipped',
    ],
  ] as const),
)(
  'a period becomes drafts, paused and gone on with; the report says what was skipped and why (%s, %s)',
  async (locale, scheme, label, start, report) => {
    const world = await open(locale, scheme);
    const { popup, stack } = world;
    // Beside the two of the first customer: somebody who is no client yet, and a tax that no rate gives.
    book(stack.stora, {
      name: 'Rossella Amati',
      email: 'rossella.amati@example.it',
      net: 16_900,
      tax: 3_718,
    });
    const [rossi] = stack.stora.state.list('contacts');
    book(stack.stora, { contact: rossi, net: 10_000, tax: 777 });
    await allowDrafts(world, label);
    await popup.locator('#batch summary').click();
    const days = popup.locator('#batch input[type=date]');
    const day = (offsetDays: number) =>
      new Date(stack.stora.clock.now() + offsetDays * 86_400_000).toISOString().slice(0, 10);
    await days.nth(0).fill(day(-40));
    await days.nth(1).fill(day(1));
    await look(popup, `batch-begin-${locale}-${scheme}`);
    // The list is answered once the pause stands: a quick batch would be through before it.
    const listed = Promise.withResolvers<void>();
    stack.stora.faults.next('GET /2025-09/invoices', { onAnswer: () => listed.promise });
    await popup.getByRole('button', { name: start }).click();
    const pauseOrResume = popup.locator('#batch .row button.secondary');
    await pauseOrResume.click();
    await expect.poll(() => popup.locator('#batch .row button').count()).toBe(2);
    listed.resolve();
    await pauseOrResume.click();
    await popup.getByText(report).waitFor({ timeout: 60_000 });
    await look(popup, `batch-report-${locale}-${scheme}`);
    expect(stack.sandbox.state.documents.map(({ subject }) => subject)).toEqual([
      'Stora STO-0001',
      'Stora STO-0002',
    ]);
    await popup.locator('#batch button').last().click();
    await popup.getByRole('button', { name: start }).waitFor();
  },
  90_000,
);

it('a batch whose background is killed in the middle goes on by itself, and makes nothing twice', async () => {
  const world = await open('it', 'light');
  const { popup, stack, browser } = world;
  for (let index = 0; index < 6; index += 1) {
    book(stack.stora, {
      contact: stack.stora.state.list('contacts')[0],
      net: 10_000 + 100 * index,
      tax: 2_200 + 22 * index,
    });
  }
  await allowDrafts(world, italianLabel);
  await popup.locator('#batch summary').click();
  const days = popup.locator('#batch input[type=date]');
  await days.nth(0).fill(new Date(stack.stora.clock.now() - 40 * 86_400_000).toISOString().slice(0, 10));
  await days.nth(1).fill(new Date(stack.stora.clock.now() + 86_400_000).toISOString().slice(0, 10));
  await popup.getByRole('button', { name: 'Crea le bozze' }).click();
  await expect.poll(() => stack.sandbox.state.documents.length).toBeGreaterThan(1);
  await killBackground(browser, popup);
  await expect.poll(() => stack.sandbox.state.documents.length, { timeout: 75_000, interval: 500 }).toBe(8);
  const subjects = stack.sandbox.state.documents.map(({ subject }) => subject);
  expect(new Set(subjects).size).toBe(8);
}, 120_000);

it.each(
  variants([
    ['it', 'light', 'Confronta i due', 'Riporta in Stora'],
    ['en', 'dark', 'Compare the two', 'Take over in Stora'],
  ] as const),
)(
  'what the two say differently is shown field by field, and what is ticked is taken over (%s, %s)',
  async (locale, scheme, compare, update) => {
    const { popup, stack } = await open(locale, scheme);
    const contact = stack.stora.state
      .list('contacts')
      .find(({ full_name }) => String(full_name).includes('Este'));
    await search(popup, 'Este');
    const person = popup.locator('.person', { hasText: 'Este' }).first();
    await person.getByRole('button', { name: compare }).click();
    await person.locator('input[type=checkbox]').first().waitFor();
    await look(popup, `compare-${locale}-${scheme}`);
    const before = contact?.['email'];
    await person.locator('label', { hasText: 'E-mail' }).locator('input').uncheck();
    await person.getByRole('button', { name: update }).click();
    await person.locator('.notice button').first().click();
    await expect.poll(() => contact?.['tax_id']).not.toBe('99999999990');
    expect(contact?.['email']).toBe(before);
    await expect.poll(() => stack.stora.state.list('timeline/events').length).toBe(1);
  },
);

it('free units by site and type', async () => {
  const { popup } = await open('en', 'light');
  await popup.locator('summary', { hasText: 'Free units' }).click();
  await popup.getByText('Ancona Porto').waitFor();
  expect(await popup.getByText('2 free · €99.00 a month').count()).toBe(3);
  await popup.getByText('Lucchetto').waitFor();
  await popup.locator('summary', { hasText: 'Recent bookings' }).click();
  await popup.getByText('Bologna Nord ·').waitFor();
  await look(popup, 'units-en-light');
});
