import { mkdirSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Page } from 'playwright';
import { cardOn } from '../../scripts/card.ts';
import { launchExtension, type ExtensionBrowser } from '../../scripts/chromium.ts';
import { chooseCompany, connect, enableSite } from '../../scripts/story.ts';
import { dumpStorage, killBackground, openWorld, requestsTo, violationsOf, type World } from './setup.ts';
import { variants } from '../variants.ts';

const directory = '.staffetta/look';
mkdirSync(directory, { recursive: true });

/** The page of the side panel, in a tab: no script can open the panel itself. */
async function openPanel({ browser }: World): Promise<Page> {
  const page = await browser.context.newPage();
  await page.goto(`chrome-extension://${browser.extensionId}/sidepanel.html`);
  return page;
}

async function open(locale: 'it' | 'en', colorScheme: 'light' | 'dark') {
  const world = await openWorld({ locale, colorScheme });
  const popup = await world.enrolled();
  await connect(world.browser, popup, { email: 'demo@example.it' });
  await chooseCompany(popup, 'Officina Aurora S.r.l.');
  return { ...world, popup };
}

it.each(
  variants([
    [
      'it',
      'light',
      'Nuovo cliente',
      'Crea il cliente',
      'creato in Officina Aurora',
      'Così non si può inviare',
      'Senza nome',
    ],
  ] as const),
)(
  'what is typed in the panel is kept at every keystroke, sealed, over closing and a dead background; several at once (%s, %s)',
  async (locale, colorScheme, begin, create, made, wrong, unnamed) => {
    const world = await open(locale, colorScheme);
    const { browser, stack } = world;
    const panel = await openPanel(world);
    await panel.getByRole('button', { name: begin, exact: true }).click();
    await panel.locator('#name').pressSequentially('Bianchi Restauri S.r.l.');
    // A slip in the last digit.
    await panel.locator('#vatNumber').fill('04172639992');
    await panel.getByRole('button', { name: begin, exact: true }).click();
    await panel.locator('#email').fill('altro@example.it');
    await panel.getByRole('button', { name: unnamed }).waitFor();

    const stored = (await dumpStorage(browser)).local;
    expect(stored).toContain('written');
    for (const word of ['Bianchi', 'altro@example.it']) expect(stored).not.toContain(word);

    await killBackground(browser, panel);
    await panel.goto('about:blank');
    const again = await openPanel(world);
    await again.getByRole('button', { name: 'Bianchi Restauri S.r.l.' }).click();
    expect(await again.locator('#name').inputValue()).toBe('Bianchi Restauri S.r.l.');
    await again.getByRole('button', { name: create }).click();
    await again.getByText(wrong).waitFor();
    for (const [width, name] of [
      [320, 'narrow'],
      [700, 'wide'],
    ] as const) {
      await again.setViewportSize({ width, height: 800 });
      await again.screenshot({
        path: `${directory}/panel-${locale}-${colorScheme}-${name}.png`,
        fullPage: true,
      });
      expect(await violationsOf(again)).toEqual([]);
    }
    await again.locator('#vatNumber').fill('04172639991');
    await again.locator('#sdiCode').fill('M5UXCR1');
    await again.getByRole('button', { name: create }).dblclick();
    await again.getByText(made).waitFor();
    expect(requestsTo(stack, 'POST', /\/entities\/clients$/)).toBe(1);
    expect(
      stack.sandbox.state.clientsOf(101).find(({ name }) => name === 'Bianchi Restauri S.r.l.'),
    ).toMatchObject({
      vat_number: '04172639991',
      ei_code: 'M5UXCR1',
    });
    // The other one is still there.
    expect(await again.locator('#email').inputValue()).toBe('altro@example.it');
  },
);

it('what a page says goes on in the panel, where it can be changed before it is sent', async () => {
  const world = await open('it', 'light');
  const { browser, shopOrigin, stack } = world;
  await enableSite(browser, shopOrigin);
  const page = await browser.context.newPage();
  await page.goto(`${shopOrigin}/ordini/1042`);
  const card = await cardOn(page);
  await card.waitForChip();
  await card.press('Staffetta');
  await card.waitFor('pannello laterale');
  await card.press('pannello laterale');
  await expect.poll(async () => (await dumpStorage(browser)).local).toContain('written');
  const panel = await openPanel(world);
  await panel.locator('#name').waitFor();
  expect(await panel.locator('#vatNumber').inputValue()).toBe('04172639991');
  await panel.locator('#phone').fill('051 999');
  await panel.getByRole('button', { name: 'Crea il cliente' }).click();
  await panel.getByText('creato in Officina Aurora').waitFor();
  expect(stack.sandbox.state.clientsOf(101).at(-1)).toMatchObject({
    vat_number: '04172639991',
    phone: '051 999',
  });
});

it('a selected text begins a client, with what it says read apart', async () => {
  const world = await open('it', 'light');
  const [worker] = world.browser.context.serviceWorkers();
  // What a press in the menu makes the background do; no script can press it.
  await worker?.evaluate((selectionText) => {
    type Event = { dispatch?: (info: object) => void };
    const { chrome } = globalThis as unknown as { chrome: { contextMenus: { onClicked: Event } } }; // the worker's own global
    chrome.contextMenus.onClicked.dispatch?.({ menuItemId: 'client', selectionText });
  }, 'Monte Sole S.r.l.\nP. IVA 04172639991\nordini@montesole.example.it');
  await expect.poll(async () => (await dumpStorage(world.browser)).local).toContain('written');
  const panel = await openPanel(world);
  await panel.locator('#name').waitFor();
  for (const [field, value] of [
    ['name', 'Monte Sole S.r.l.'],
    ['vatNumber', '04172639991'],
    ['email', 'ordini@montesole.example.it'],
  ] as const) {
    expect(await panel.locator(`#${field}`).inputValue()).toBe(value);
  }
});

it('what was begun is there after the browser was closed and started again, and only sealed on its disk meanwhile', async () => {
  const profile = await mkdtemp(join(tmpdir(), 'staffetta-profile-'));
  onTestFinished(() => rm(profile, { recursive: true, force: true }));
  const start = async (): Promise<{ browser: ExtensionBrowser; panel: Page }> => {
    const browser = await launchExtension({ headless: true, profile });
    const panel = await browser.context.newPage();
    await panel.goto(`chrome-extension://${browser.extensionId}/sidepanel.html`);
    return { browser, panel };
  };
  const first = await start();
  await first.panel.getByRole('button', { name: 'Nuovo cliente' }).click();
  await first.panel.locator('#name').fill('Bianchi Restauri S.r.l.');
  await expect.poll(async () => (await dumpStorage(first.browser)).local).toContain('written');
  await first.browser.close();
  const files = (await readdir(profile, { recursive: true, withFileTypes: true })).filter((file) =>
    file.isFile(),
  );
  expect(files.length).toBeGreaterThan(10);
  let isThere = false;
  for (const { parentPath, name } of files) {
    const bytes = await readFile(join(parentPath, name)).catch(() => Buffer.alloc(0)); // a lock that is gone by now
    isThere ||= bytes.includes('written');
    expect(bytes.includes('Bianchi Restauri'), name).toBe(false);
    expect(bytes.includes(Buffer.from('Bianchi Restauri', 'utf16le')), name).toBe(false);
  }
  // The draft itself was among what was looked through.
  expect(isThere).toBe(true);
  const second = await start();
  onTestFinished(second.browser.close);
  await second.panel.locator('#name').waitFor();
  expect(await second.panel.locator('#name').inputValue()).toBe('Bianchi Restauri S.r.l.');
});
