import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Page } from 'playwright';
import { cardOn } from '../../scripts/card.ts';
import { launchExtension } from '../../scripts/chromium.ts';
import type { Card, Driver, DriverOptions, Screen } from './driver.ts';
import { killBackground } from './setup.ts';

const screens = new WeakMap<Screen, Page>();

function screenOf(page: Page): Screen {
  const screen: Screen = {
    waitFor: (selector) => page.locator(selector).first().waitFor(),
    waitForText: (part) => page.getByText(part).first().waitFor(),
    has: async (selector) => (await page.locator(selector).count()) > 0,
    fill: (selector, text) => page.locator(selector).fill(text),
    click: (selector) => page.locator(selector).first().click(),
    press: (label) => page.getByRole('button', { name: label }).first().click(),
    pressKey: (key) => page.keyboard.press(key),
    choose: async (selector, value) => void (await page.locator(selector).selectOption(value)),
    // The two drivers' own types for this are alike but for their names.
    run: (work, argument) => page.evaluate(work as never, argument as never),
    // The login window ends with the address it waits for, and the navigation with it.
    go: (url) =>
      page.goto(url).then(
        () => undefined,
        () => undefined,
      ),
    toFront: () => page.bringToFront(),
    value: (selector) => page.locator(selector).inputValue(),
    inject: async (script) => void (await page.evaluate(script)),
    screenshot: async (path) => void (await page.screenshot({ path })),
    close: () => page.close(),
  };
  screens.set(screen, page);
  return screen;
}

/**
 * A profile in which the extension may run in private windows.
 *
 * The browser starts it anew for that, which it cannot do with one that its command line names; the next browser on the same
 * profile can.
 */
async function profileForPrivate(): Promise<string> {
  const profile = await mkdtemp(join(tmpdir(), 'staffetta-profile-'));
  onTestFinished(() => rm(profile, { recursive: true, force: true }));
  const { context, extensionId, close } = await launchExtension({ headless: true, profile });
  const page = await context.newPage();
  await page.goto('chrome://extensions/');
  await page.evaluate(async (id) => {
    const { chrome } = globalThis as unknown as {
      chrome: { developerPrivate: { updateExtensionConfiguration(change: object): Promise<void> } };
    }; // that page's own API
    await chrome.developerPrivate.updateExtensionConfiguration({ extensionId: id, incognitoAccess: true });
  }, extensionId);
  await close();
  return profile;
}

/** A headless Chromium, driven by Playwright. */
export async function chromiumDriver(options: DriverOptions): Promise<Driver> {
  const { isStrict = false, privateBrowsing } = options;
  const launch = {
    headless: true,
    ...options,
    ...(privateBrowsing === 'allowed' ? { profile: await profileForPrivate() } : {}),
    args: [
      '--enable-unsafe-extension-debugging',
      ...(isStrict ? ['--test-third-party-cookie-phaseout'] : []),
    ],
  };
  const browser = await launchExtension(launch);
  const { context, extensionId } = browser;
  context.setDefaultTimeout(25_000);

  const open = async (url: string): Promise<Screen> => {
    const page = await context.newPage();
    await page.goto(url);
    return screenOf(page);
  };
  return {
    own: (path) => open(`chrome-extension://${extensionId}/${path}`),
    visit: open,
    visitContained: () => Promise.reject(new Error('Chromium has no containers')),
    async visitPrivately(url) {
      const own = await open(`chrome-extension://${extensionId}/options.html`);
      const opening = context.waitForEvent('page');
      await own.run((target) => {
        const { chrome } = globalThis as unknown as {
          chrome: { windows: { create(window: object): Promise<unknown> } };
        }; // the page's own global
        void chrome.windows.create({ incognito: true, url: target });
      }, url);
      const page = await opening;
      await own.close();
      return screenOf(page);
    },
    async typeInPrivatePanel(label, field, text) {
      const own = await open(`chrome-extension://${extensionId}/options.html`);
      await own.run(async () => {
        const { chrome } = globalThis as unknown as {
          chrome: {
            windows: { getAll(): Promise<Array<{ id: number; incognito: boolean }>> };
            sidePanel: { open(beside: { windowId: number }): Promise<void> };
          };
        }; // the page's own global
        const found = (await chrome.windows.getAll()).find(({ incognito }) => incognito);
        await chrome.sidePanel.open({ windowId: found?.id ?? 0 });
      }, null);
      // Playwright knows no side panel; our own pages reach each other.
      const inPanel = (part: string, value: string | null): Promise<boolean> =>
        own.run(
          ([wanted, typed]) => {
            const { chrome } = globalThis as unknown as { chrome: { extension: { getViews(): Window[] } } }; // as above
            const panel = chrome.extension
              .getViews()
              .find(({ location }) => location.pathname === '/sidepanel.html')?.document;
            const element =
              typed === null
                ? [...(panel?.querySelectorAll('button') ?? [])].find((one) => one.innerText === wanted)
                : panel?.querySelector<HTMLInputElement>(wanted);
            if (element == null) return false;
            if (typed === null) element.click();
            else {
              (element as HTMLInputElement).value = typed; // every field that is filled in is one
              element.dispatchEvent(new Event('input', { bubbles: true }));
            }
            return true;
          },
          [part, value] as const,
        );
      await expect.poll(() => inPanel(label, null)).toBe(true);
      await expect.poll(() => inPanel(field, text)).toBe(true);
      await own.close();
    },
    async update() {
      const session = await context.browser()?.newBrowserCDPSession();
      // In no type yet.
      const { send } = session as unknown as { send(method: string, parameters: object): Promise<unknown> };
      await send.call(session, 'Extensions.loadUnpacked', {
        path: resolve(options.directory ?? 'dist/chrome-mv3-sandbox'),
      });
    },
    cardOn(screen): Promise<Card> {
      const page = screens.get(screen);
      if (page === undefined) throw new Error('not a screen of this browser');
      return cardOn(page);
    },
    async loginWindow(providerOrigin, start) {
      const opening = context.waitForEvent('page');
      await start();
      const page = await opening;
      await page.waitForURL((url) => url.origin === providerOrigin);
      return screenOf(page);
    },
    urls: () => context.pages().map((page) => page.url()),
    async endBackground() {
      const page = await context.newPage();
      await killBackground(browser, page);
      await page.close();
    },
    preapprove: browser.preapprove,
    async takeAway(origin) {
      const own = await open(`chrome-extension://${extensionId}/options.html`);
      await own.run(
        (host) => {
          const { chrome } = globalThis as unknown as {
            chrome: { permissions: { remove(what: object): Promise<boolean> } };
          }; // the page's own global
          return chrome.permissions.remove({ origins: [host] });
        },
        `${new URL(origin).protocol}//${new URL(origin).hostname}/*`,
      );
      await own.close();
    },
    setOffline: (isOffline) => context.setOffline(isOffline),
    close: browser.close,
  };
}
