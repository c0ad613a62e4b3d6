import type { Page } from 'puppeteer-core';
import { firefoxAddonIdDefault } from '../../relay/config/config.ts';
import { launchFirefox } from '../../scripts/firefox.ts';
import type { Driver, DriverOptions, Screen } from './driver.ts';

const screens = new WeakMap<Screen, Page>();

const timeout = 25_000;

const addon = JSON.stringify(firefoxAddonIdDefault);

function screenOf(page: Page): Screen {
  const buttonOf = async (label: string) =>
    page.waitForFunction(
      (wanted) =>
        [...document.querySelectorAll('button')].find(
          (button) => !button.disabled && button.innerText.includes(wanted),
        ),
      { timeout },
      label,
    );
  const screen: Screen = {
    waitFor: async (selector) => void (await page.waitForSelector(selector, { timeout })),
    waitForText: async (part) =>
      void (await page.waitForFunction(
        (wanted) => document.body.innerText.includes(wanted),
        { timeout },
        part,
      )),
    has: async (selector) => (await page.$(selector)) !== null,
    async fill(selector, text) {
      const field = await page.waitForSelector(selector, { timeout });
      await field?.evaluate((input) => {
        (input as HTMLInputElement).value = ''; // every field that is filled in is one
      });
      await field?.type(text);
    },
    async click(selector) {
      await page.waitForSelector(selector, { timeout });
      await ignoringEnd(page.click(selector));
    },
    async press(label) {
      const button = await buttonOf(label);
      await ignoringEnd((button as unknown as { click(): Promise<void> }).click()); // what was found is an element
    },
    pressKey: (key) => page.keyboard.press(key),
    choose: async (selector, value) => {
      await page.waitForSelector(selector, { timeout });
      await page.select(selector, value);
    },
    // The two drivers' own types for this are alike but for their names.
    run: (work, argument) => page.evaluate(work as never, argument),
    go: (url) =>
      page.goto(url, { waitUntil: [], timeout }).then(
        () => undefined,
        () => undefined,
      ),
    toFront: () => page.bringToFront(),
    value: (selector) => page.$eval(selector, (field) => (field as HTMLInputElement).value), // asked of fields alone
    inject: async (script) => void (await page.evaluate(script)),
    screenshot: async (path) => void (await page.screenshot({ path: path as `${string}.png` })),
    close: () => page.close(),
  };
  screens.set(screen, page);
  return screen;
}

/** A window that closes with the press is what the press was for. */
async function ignoringEnd(pressing: Promise<void>): Promise<void> {
  await pressing.catch((error: unknown) => {
    if (!/closed|no such/i.test(String(error))) throw error;
  });
}

/** As "strict" in the settings, and more: cookies of others are refused, and everything is kept apart by site. */
const strict = {
  'browser.contentblocking.category': 'strict',
  'network.cookie.cookieBehavior': 1,
  'privacy.trackingprotection.enabled': true,
  'privacy.firstparty.isolate': true,
};

/** A headless stock Firefox, driven over WebDriver BiDi. */
export async function firefoxDriver(options: DriverOptions): Promise<Driver> {
  const { isStrict = false } = options;
  const firefox = await launchFirefox({
    ...options,
    ...(isStrict ? { preferences: strict } : {}),
  });
  const { browser, privileged } = firefox;
  return {
    own: async (path) => screenOf(await firefox.open(path)),
    async visit(url) {
      const page = await browser.newPage();
      await page.goto(url);
      return screenOf(page);
    },
    async visitContained(url) {
      // WebDriver's user contexts are containers here, as the add-on "Multi-Account Containers" opens them.
      const page = await (await browser.createBrowserContext()).newPage();
      await page.goto(url);
      return screenOf(page);
    },
    async visitPrivately(url) {
      await privileged(`
        const opened = OpenBrowserWindow({ private: true });
        await new Promise((resolve) => opened.addEventListener('load', resolve, { once: true }));
        await opened.delayedStartupPromise;
        opened.gBrowser.selectedBrowser.fixupAndLoadURIString(${JSON.stringify(url)}, { triggeringPrincipal: Services.scriptSecurityManager.getSystemPrincipal() });
        return true;`);
      const page = await (await browser.waitForTarget((target) => target.url() === url, { timeout })).page();
      if (page === null) throw new Error('no page');
      return screenOf(page);
    },
    typeInPrivatePanel: () => Promise.reject(new Error('not for WebDriver')),
    async update() {
      await privileged(`
        const { AddonManager } = ChromeUtils.importESModule('resource://gre/modules/AddonManager.sys.mjs');
        await (await AddonManager.getAddonByID(${addon})).reload();
        return true;`);
    },
    async cardOn(screen) {
      const page = screens.get(screen);
      if (page === undefined) throw new Error('not a screen of this browser');
      return firefox.cardOn(page);
    },
    async loginWindow(providerOrigin, start) {
      const opening = browser.waitForTarget((target) => target.url().startsWith(providerOrigin), { timeout });
      await start();
      const page = await (await opening).page();
      if (page === null) throw new Error('no window');
      return screenOf(page);
    },
    urls: () => browser.targets().map((target) => target.url()),
    async endBackground() {
      await privileged(
        `await WebExtensionPolicy.getByID(${addon}).extension.terminateBackground(); return true;`,
      );
    },
    // Here it is answered by a preference.
    preapprove: () => Promise.resolve(),
    async takeAway(origin) {
      const host = JSON.stringify(`${new URL(origin).protocol}//${new URL(origin).hostname}/*`);
      await privileged(`
        const { ExtensionPermissions } = ChromeUtils.importESModule('resource://gre/modules/ExtensionPermissions.sys.mjs');
        const { extension } = WebExtensionPolicy.getByID(${addon});
        await ExtensionPermissions.remove(extension.id, { permissions: [], origins: [${host}] }, extension);
        return true;`);
    },
    async setOffline(isOffline) {
      await privileged(`Services.io.offline = ${isOffline}; return true;`);
    },
    close: firefox.close,
  };
}
