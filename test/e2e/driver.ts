import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { beforeEach, describe, onTestFinished } from 'vitest';
import { findFirefox } from '../../scripts/browser.ts';
import { chromiumDriver } from './driver-chromium.ts';
import { firefoxDriver } from './driver-firefox.ts';
import { openGround, type Ground, type GroundOptions } from './setup.ts';

/** A page or window as a person has it before them; the same in every browser. */
export interface Screen {
  waitFor(selector: string): Promise<void>;
  waitForText(part: string): Promise<void>;
  has(selector: string): Promise<boolean>;
  fill(selector: string, text: string): Promise<void>;
  click(selector: string): Promise<void>;
  /** Presses the button whose text contains `label`. */
  press(label: string): Promise<void>;
  pressKey(key: 'Enter' | 'Escape' | 'Tab'): Promise<void>;
  choose(selector: string, value: string): Promise<void>;
  /** Runs code in the page. */
  run<Argument, Result>(work: (argument: Argument) => Result, argument: Argument): Promise<Awaited<Result>>;
  /** Goes somewhere else; where the browser takes the navigation for itself it ends all the same. */
  go(url: string): Promise<void>;
  toFront(): Promise<void>;
  /** What stands in a field. */
  value(selector: string): Promise<string>;
  screenshot(path: string): Promise<void>;
  /** Runs a script's text in the page, whatever the page's own policy says. */
  inject(script: string): Promise<void>;
  close(): Promise<void>;
}

/** Our chip and card on a page. */
export interface Card {
  text(): Promise<string>;
  html(): Promise<string>;
  waitFor(part: string): Promise<void>;
  waitForChip(): Promise<void>;
  press(label: string, count?: number): Promise<void>;
  /** Points where a button is now; answers a press there, whatever is there by then. */
  aim(label: string): Promise<(count?: number) => Promise<void>>;
}

/** How a browser with our extension is started. */
export interface DriverOptions {
  locale?: 'it' | 'en';
  colorScheme?: 'light' | 'dark';
  /** Folder of the unpacked extension, if not the ordinary one. */
  directory?: string;
  /** Switches that make a browser of this kind strict about cookies and tracking. */
  isStrict?: boolean;
  /** Whether the extension may run in private windows, and whether there are no others (Firefox). */
  privateBrowsing?: 'allowed' | 'permanent';
  /** Another program than the browser that is found. */
  executablePath?: string;
}

/** A browser with our extension in it. */
export interface Driver {
  /** Opens one of our own pages: `popup.html?site=…`. */
  own(path: string): Promise<Screen>;
  visit(url: string): Promise<Screen>;
  /** Opens a page in a container tab; only Firefox has them. */
  visitContained(url: string): Promise<Screen>;
  /** Opens a page in a private window. */
  visitPrivately(url: string): Promise<Screen>;
  /** Presses a button in the side panel of a private window that is open, and types into the field that it brings; only Chromium's can be reached. */
  typeInPrivatePanel(label: string, field: string, text: string): Promise<void>;
  cardOn(screen: Screen): Promise<Card>;
  /** The window or tab with the provider's page that `start` makes the browser open. */
  loginWindow(providerOrigin: string, start: () => Promise<void>): Promise<Screen>;
  /** Addresses of all that is open. */
  urls(): string[];
  /** Ends the background as the browser does with one that is idle. */
  endBackground(): Promise<void>;
  /** Puts the same extension there again, as an update does; pages stay open. */
  update(): Promise<void>;
  /** Has the browser's own question for `origin` answered with yes. */
  preapprove(origin: string): Promise<void>;
  /** Takes the permission for `origin` back, as on the browser's own page. */
  takeAway(origin: string): Promise<void>;
  setOffline(isOffline: boolean): Promise<void>;
  close(): Promise<void>;
}

/** A team's relay, the provider, a shop, and one person's browser. */
export interface BrowserWorld extends Ground, Driver {
  /** Opens the popup, over a page of `site` where one is given. */
  popup(site?: string): Promise<Screen>;
  /** Joins the relay; answers the popup. */
  enrolled(): Promise<Screen>;
  /** Presses "connect" in the popup and answers the provider's pages. */
  logIn(popup: Screen, who?: { email?: string; decision?: 'Autorizza' | 'Rifiuta' }): Promise<void>;
  /** Joins and connects as the user with one company; answers the popup. */
  connected(): Promise<Screen>;
  enableShop(): Promise<void>;
  /** Opens a page of the shop with our chip on it. */
  shopPage(path?: string): Promise<{ page: Screen; card: Card }>;
  /** Everything the extension keeps, as one text for each area. */
  kept(): Promise<{ local: string; session: string }>;
}

/** The browsers in which whatever is promised must hold. */
export const browsers = ['Chromium', 'Firefox'] as const;

/** One of them. */
export type BrowserName = (typeof browsers)[number];

/**
 * Tests in one browser. Where a person has no Firefox the reason stands beside what is skipped; our own checks always have one.
 */
export function inBrowser(browser: BrowserName, define: () => void): void {
  describe(browser, { timeout: 120_000 }, () => {
    beforeEach(({ skip }) => {
      const isMissing = browser === 'Firefox' && findFirefox() === null && process.env['CI'] !== 'true';
      skip(isMissing, 'no Firefox here: install firefox-esr, or name one in STAFFETTA_FIREFOX');
    });
    define();
  });
}

/** Tests in each browser. */
export const inEachBrowser = (define: (browser: BrowserName) => void): void =>
  browsers.forEach((browser) => inBrowser(browser, () => define(browser)));

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds wrong with a page. */
export async function violationsOn(screen: Screen): Promise<string[]> {
  await screen.inject(axe);
  return screen.run(async () => {
    type Axe = { run(): Promise<{ violations: Array<{ id: string }> }> };
    const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run();
    return violations.map(({ id }) => id);
  }, null);
}

/** Sends a message as our own pages do. */
export const send = (own: Screen, name: string, input: object): Promise<unknown> =>
  own.run(
    (message) => {
      const { browser } = globalThis as unknown as {
        browser: { runtime: { sendMessage(message: unknown): Promise<unknown> } };
      }; // the page's own global
      return browser.runtime.sendMessage(message);
    },
    { name, input },
  );

/**
 * Starts a world with a browser of this kind; it ends with the test.
 *
 * @param prepare what there is to do while the ground stands and the browser does not yet; answers further options
 */
export async function openBrowserWorld(
  browser: BrowserName,
  options: GroundOptions & DriverOptions = {},
  prepare: (ground: Ground) => DriverOptions = () => ({}),
): Promise<BrowserWorld> {
  const ground = await openGround(options);
  const driver = await (browser === 'Chromium' ? chromiumDriver : firefoxDriver)({
    ...options,
    ...prepare(ground),
  });
  onTestFinished(driver.close);
  const { stack, shopOrigin } = ground;

  const world: BrowserWorld = {
    ...ground,
    ...driver,
    popup: (site) => driver.own(`popup.html${site === undefined ? '' : `?site=${encodeURIComponent(site)}`}`),
    async enrolled() {
      const popup = await world.popup();
      await popup.fill('#invite', await stack.invite('Mario Rossi'));
      await popup.click('button[type=submit]');
      await popup.waitFor('.permissions');
      return popup;
    },
    async logIn(popup, { email = 'uno@example.it', decision = 'Autorizza' } = {}) {
      const window = await driver.loginWindow(stack.sandbox.origin, () => popup.click(connectButton));
      await answerProvider(window, email, decision);
    },
    async connected() {
      const popup = await world.enrolled();
      await world.logIn(popup);
      await popup.waitFor('#query');
      return popup;
    },
    async enableShop() {
      await driver.preapprove(shopOrigin);
      const over = await world.popup(shopOrigin);
      await over.click('.site button');
      await over.waitForText(options.locale === 'en' ? 'Turn off' : 'Disattiva');
      await over.close();
    },
    async shopPage(path = '/ordini/1042') {
      const page = await driver.visit(shopOrigin + path);
      const card = await driver.cardOn(page);
      await card.waitForChip();
      return { page, card };
    },
    async kept() {
      const page = await world.own('options.html');
      const kept = await page.run(async () => {
        type Area = { get(): Promise<unknown> };
        const { storage } = (globalThis as unknown as { browser: { storage: Record<string, Area> } }).browser;
        return {
          local: JSON.stringify([await storage['local']?.get(), await storage['sync']?.get()]),
          session: JSON.stringify(await storage['session']?.get()),
        };
      }, null);
      await page.close();
      return kept;
    },
  };
  return world;
}

/** The popup's button that begins a login. */
export const connectButton = 'section button:not(.secondary)';

/** Logs in and decides on the provider's pages; the window closes with the decision. */
export async function answerProvider(
  window: Screen,
  email: string,
  decision: 'Autorizza' | 'Rifiuta' = 'Autorizza',
): Promise<void> {
  await window.waitFor('input[type=email], button[value=approve]');
  if (await window.has('input[type=email]')) {
    await window.fill('input[type=email]', email);
    await window.fill('input[type=password]', 'prova');
    await window.click('button[type=submit]');
  }
  await window.press(decision);
}
