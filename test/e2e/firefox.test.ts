import { mkdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Page } from 'puppeteer-core';
import { firefoxAddonIdDefault } from '../../relay/config.ts';
import { findFirefox } from '../../scripts/browser.ts';
import { launchFirefox, type FirefoxBrowser } from '../../scripts/firefox.ts';
import { startStack, type Stack } from '../../scripts/stack.ts';
import { startShop } from '../sites/shop.ts';

const directory = '.staffetta/look';
mkdirSync(directory, { recursive: true });

// Where a person has none the reason stands beside the skipped tests; our own checks always have one.
const isMissing = findFirefox() === null && process.env['CI'] !== 'true';

interface World {
  stack: Stack;
  firefox: FirefoxBrowser;
  shopOrigin: string;
}

async function openWorld(
  options: { locale?: 'it' | 'en'; colorScheme?: 'light' | 'dark' } = {},
): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), 'staffetta-firefox-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const stack = await startStack({ dataDir, withStora: false });
  onTestFinished(stack.close);
  const shop = await startShop();
  onTestFinished(shop.close);
  const firefox = await launchFirefox(options);
  onTestFinished(firefox.close);
  return { stack, firefox, shopOrigin: shop.origin };
}

const waitForText = (page: Page, part: string): Promise<unknown> =>
  page.waitForFunction((wanted) => document.body.innerText.includes(wanted), { timeout: 12_000 }, part);

async function press(page: Page, label: string): Promise<void> {
  const handle = await page.waitForFunction(
    (wanted) =>
      [...document.querySelectorAll('button')].find(
        (button) => !button.disabled && button.innerText.includes(wanted),
      ),
    { timeout: 12_000 },
    label,
  );
  await (handle as unknown as { click(): Promise<void> }).click(); // what was found is an element
}

async function enrol({ stack, firefox }: World): Promise<Page> {
  const popup = await firefox.open('popup.html');
  await popup.waitForSelector('#invite');
  await popup.type('#invite', await stack.invite('Mario Rossi'));
  await popup.click('button[type=submit]');
  await popup.waitForSelector('.permissions');
  return popup;
}

/** Logs in where the browser's own login window shows the provider. */
async function login({ firefox, stack }: World, email: string, decision: string): Promise<void> {
  const target = await firefox.browser.waitForTarget((one) => one.url().startsWith(stack.sandbox.origin), {
    timeout: 12_000,
  });
  const window = await target.page();
  if (window === null) throw new Error('no window');
  await window.waitForSelector('input[type=email]');
  await window.type('input[type=email]', email);
  await window.type('input[type=password]', 'prova');
  await window.click('button[type=submit]');
  await press(window, decision).catch((error: unknown) => {
    // The window closes with the press.
    if (!String(error).includes('closed')) throw error;
  });
}

async function connect(world: World, popup: Page): Promise<void> {
  await popup.click('section button:not(.secondary)');
  await login(world, 'demo@example.it', 'Autorizza');
  await popup.waitForSelector('#company');
  await popup.select('#company', '101');
  await popup.waitForSelector('#query');
}

/** Everything the extension keeps, as one text, by area. */
const dump = (page: Page): Promise<{ local: string; session: string }> =>
  page.evaluate(async () => {
    type Area = { get(): Promise<unknown> };
    const { storage } = (globalThis as unknown as { browser: { storage: Record<'local' | 'session', Area> } })
      .browser;
    return {
      local: JSON.stringify(await storage.local.get()),
      session: JSON.stringify(await storage.session.get()),
    };
  });

/** Ends the event page, as Firefox does with one that is idle. */
const endBackground = ({ firefox }: World): Promise<unknown> =>
  firefox.privileged(
    `await WebExtensionPolicy.getByID(${JSON.stringify(firefoxAddonIdDefault)}).extension.terminateBackground(); return true;`,
  );

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    type Axe = { run(): Promise<{ violations: Array<{ id: string }> }> };
    const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run();
    return violations.map(({ id }) => id);
  });
}

it.skipIf(isMissing)(
  'the whole story in stock Firefox: from an invite to one new client made in a page, over a stopped background; F10: nothing that lives long is kept',
  async () => {
    const world = await openWorld();
    const { stack, firefox, shopOrigin } = world;
    const popup = await enrol(world);
    await connect(world, popup);
    await popup.screenshot({ path: `${directory}/firefox-popup-it-light.png` });
    expect(await violationsOf(popup)).toEqual([]);

    await popup.type('#query', 'Aurora Giardini');
    await popup.keyboard.press('Enter');
    await waitForText(popup, 'Aurora Giardini S.r.l.');

    const kept = await dump(popup);
    expect(kept.session).toMatch(/a\/[\w.-]{20,}/);
    expect(kept.local).not.toMatch(/a\/[\w.-]{20,}/);
    for (const secret of stack.sandbox.state.secrets().filter((value) => !value.startsWith('a/'))) {
      expect(kept.local + kept.session).not.toContain(secret);
    }

    // The event page is stopped; the next question wakes it, and it knows everything still.
    await endBackground(world);
    await popup.$eval('#query', (field) => ((field as HTMLInputElement).value = ''));
    await popup.type('#query', 'Tipografia');
    await popup.keyboard.press('Enter');
    await waitForText(popup, 'Tipografia San Marco');

    const over = await firefox.open(`popup.html?site=${encodeURIComponent(shopOrigin)}`);
    await over.waitForSelector('.site button');
    await over.click('.site button');
    await over.waitForFunction(() =>
      document.querySelector('.site button')?.textContent?.includes('Disattiva'),
    );

    const shop = await firefox.browser.newPage();
    await shop.goto(`${shopOrigin}/ordini/1042`);
    await shop.waitForSelector('staffetta-chip');
    const card = firefox.cardOn(shop);
    await card.press('Staffetta');
    await card.waitFor('Crea il cliente');
    await shop.screenshot({ path: `${directory}/firefox-card-it-light.png` });
    await card.press('Crea il cliente');
    await card.waitFor('Cliente creato');
    expect(stack.sandbox.state.clientsOf(101)).toHaveLength(16);
    expect(stack.sandbox.state.clientsOf(101).at(-1)).toMatchObject({ vat_number: '04172639991' });

    const last = await firefox.open('popup.html');
    await press(last, 'Scollega');
    await press(last, 'Sì');
    await waitForText(last, 'Applicazioni');
  },
  90_000,
);
