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
import { approveDevice } from '../sandbox/consent.ts';
import { startShop } from '../sites/shop.ts';
import { createPolicies, policyObstacle } from './policy.ts';

const directory = '.staffetta/look';
mkdirSync(directory, { recursive: true });

/** A test that needs a Firefox. Where a person has none the reason stands beside it; our own checks always have one. */
const inFirefox = (name: string, work: () => Promise<void>, obstacle: string | null = null): void =>
  it(
    name,
    async ({ skip }) => {
      skip(obstacle !== null, obstacle ?? '');
      const isMissing = findFirefox() === null && process.env['CI'] !== 'true';
      skip(isMissing, 'no Firefox here: install firefox-esr, or name one in STAFFETTA_FIREFOX');
      await work();
    },
    90_000,
  );

interface World {
  stack: Stack;
  firefox: FirefoxBrowser;
  shopOrigin: string;
}

/** @param settle what there is to prepare while the relay stands and Firefox does not yet; answers further options */
async function openWorld(
  options: Parameters<typeof launchFirefox>[0] = {},
  settle: (relayOrigin: string, shopOrigin: string) => typeof options = () => ({}),
): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), 'staffetta-firefox-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const stack = await startStack({ dataDir, withStora: false });
  onTestFinished(stack.close);
  const shop = await startShop();
  onTestFinished(shop.close);
  const firefox = await launchFirefox({ ...options, ...settle(stack.relayOrigin, shop.origin) });
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

/** Switches in-page actions on for the shop, through the popup. */
async function enableShop({ firefox, shopOrigin }: World): Promise<void> {
  const over = await firefox.open(`popup.html?site=${encodeURIComponent(shopOrigin)}`);
  await over.waitForSelector('.site button');
  await over.click('.site button');
  await over.waitForFunction(() =>
    document.querySelector('.site button')?.textContent?.includes('Disattiva'),
  );
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    type Axe = { run(): Promise<{ violations: Array<{ id: string }> }> };
    const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run();
    return violations.map(({ id }) => id);
  });
}

inFirefox(
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

    await enableShop(world);

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
);

inFirefox(
  'a code on another device and a token made by hand: each way ends in Firefox as it does in Chrome',
  async () => {
    const world = await openWorld({ locale: 'en', colorScheme: 'dark' });
    const { stack, firefox } = world;
    const popup = await enrol(world);
    // Another device: the relay asks while every page of ours is closed.
    await popup.click('details summary');
    await popup.click('input[name=purpose]');
    const [, cannot] = await popup.$$('input[name=login]');
    await cannot?.click();
    await popup.waitForSelector('section > button');
    await popup.click('section > button');
    await popup.waitForSelector('.code');
    const code = await popup.$eval('.code', (shown) => shown.textContent ?? '');
    await popup.close();
    await approveDevice(`${stack.sandbox.origin}/connetti`, code, { email: 'uno@example.it' });
    await expect.poll(() => stack.sandbox.state.devices[0]?.used, { timeout: 15_000 }).toBe(true);
    const connected = await firefox.open('popup.html');
    await connected.waitForSelector('#query');
    await connected.screenshot({ path: `${directory}/firefox-popup-en-dark.png` });
    expect(await violationsOf(connected)).toEqual([]);
    await press(connected, 'Disconnect');
    await press(connected, 'Yes');

    const again = await firefox.open('popup.html');
    await again.waitForSelector('details summary');
    await again.click('details summary');
    const [, trial] = await again.$$('input[name=purpose]');
    await trial?.click();
    await again.waitForSelector('#token');
    const clientId = await again.$eval('code', (shown) => shown.textContent ?? '');
    const { value } = stack.sandbox.state.issueManual('uno@example.it', clientId, ['entity.clients:a']);
    await again.type('#token', value);
    await again.click('button[type=submit]');
    await again.waitForSelector('#query');
    const kept = await dump(again);
    expect(kept.local + kept.session).not.toContain(value);
  },
);

inFirefox('the sidebar keeps what is typed over a stopped background', async () => {
  const world = await openWorld();
  const { firefox } = world;
  await connect(world, await enrol(world));
  const panel = await firefox.open('sidepanel.html');
  await press(panel, 'Nuovo cliente');
  await panel.type('#name', 'Bianchi Restauri S.r.l.');
  await expect.poll(async () => (await dump(panel)).local).toContain('written');
  expect((await dump(panel)).local).not.toContain('Bianchi Restauri');
  // In the middle of the last keystrokes: what stands in the form is kept all the same.
  await endBackground(world);
  const keptName = async (): Promise<string> => {
    const later = await firefox.open('sidepanel.html');
    await later.waitForSelector('#name');
    const name = await later.$eval('#name', (field) => (field as HTMLInputElement).value);
    await later.close();
    return name;
  };
  await expect.poll(keptName, { timeout: 12_000 }).toBe('Bianchi Restauri S.r.l.');
  const later = await firefox.open('sidepanel.html');
  await later.waitForSelector('#name');
  await later.screenshot({ path: `${directory}/firefox-panel-it-light.png` });
  expect(await violationsOf(later)).toEqual([]);
});

inFirefox(
  'F12: in permanent private browsing, which has no IndexedDB, everything works until the browser is closed',
  async () => {
    const world = await openWorld({ privateBrowsing: 'permanent' });
    const popup = await enrol(world);
    const hasDatabase = await popup.evaluate(
      () =>
        new Promise((resolve) => {
          const request = indexedDB.open('try');
          request.addEventListener('success', () => resolve(true));
          request.addEventListener('error', () => resolve(false));
        }),
    );
    expect(hasDatabase).toBe(false);
    await connect(world, popup);
    await endBackground(world);
    await popup.type('#query', 'Tipografia');
    await popup.keyboard.press('Enter');
    await waitForText(popup, 'Tipografia San Marco');
  },
);

inFirefox(
  'an organisation sets relay, services and sites by Firefox’s own policy: the code is enough to join, nothing else can be switched on, and a setting that cannot be read closes',
  async () => {
    const policies = createPolicies();
    const world = await openWorld({ locale: 'en' }, (relayOrigin, shopOrigin) => {
      // Firefox hands on whatever stands there; Chromium would have left these services out.
      policies.write({ relayOrigin, providers: 'stora', sites: [shopOrigin] });
      return { executablePath: policies.launcher(findFirefox() ?? '') };
    });
    const { firefox, stack, shopOrigin } = world;
    const popup = await firefox.open('popup.html');
    await popup.waitForSelector('#relay[readonly]');
    expect(await popup.$eval('#relay', (field) => (field as HTMLInputElement).value)).toBe(stack.relayOrigin);
    const invite = await stack.invite('Mario Rossi');
    await popup.type('#invite', invite.replace(stack.relayOrigin, 'https://relay.altrove.example'));
    await popup.click('button[type=submit]');
    await popup.waitForSelector('[data-code=invite-for-other-relay]');
    await popup.$eval('#invite', (field) => ((field as HTMLInputElement).value = ''));
    await popup.type('#invite', invite.slice(invite.indexOf('#') + 1));
    await popup.click('button[type=submit]');
    await waitForText(popup, 'list of services that your organisation has set cannot be read');
    await popup.screenshot({ path: `${directory}/firefox-managed-en-light.png` });
    expect(await violationsOf(popup)).toEqual([]);
    const ask = (name: string, input: object): Promise<unknown> =>
      popup.evaluate(
        (message) =>
          (
            globalThis as unknown as { browser: { runtime: { sendMessage(one: object): Promise<unknown> } } }
          ).browser.runtime.sendMessage(message),
        { name, input },
      );
    expect(await ask('device.start', { providerId: 'fatture-in-cloud' })).toEqual({
      ok: false,
      failure: { code: 'policy-unreadable' },
    });
    expect(await ask('site.enable', { origin: 'https://negozio.example.it' })).toEqual({
      ok: false,
      failure: { code: 'blocked-by-organisation' },
    });

    const options = await firefox.open('options.html');
    await waitForText(options, 'Allowed by your organisation');
    expect(await violationsOf(options)).toEqual([]);
    await press(options, 'Use on this site');
    await waitForText(options, 'Pause');
    const shop = await firefox.browser.newPage();
    await shop.goto(`${shopOrigin}/ordini/1042`);
    await shop.waitForSelector('staffetta-chip');
  },
  policyObstacle(),
);

inFirefox('in a container tab, which has cookies of its own, the card works as anywhere', async () => {
  const world = await openWorld();
  const { firefox, shopOrigin } = world;
  await connect(world, await enrol(world));
  await enableShop(world);
  // What the add-on "Multi-Account Containers" opens: WebDriver's user contexts are containers in Firefox.
  const container = await firefox.browser.createBrowserContext();
  const page = await container.newPage();
  await page.goto(`${shopOrigin}/ordini/1042`);
  const card = firefox.cardOn(page);
  await card.waitForChip();
  await card.press('Staffetta');
  await card.waitFor('Crea il cliente');
});
