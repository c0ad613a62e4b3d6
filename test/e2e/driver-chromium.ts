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
    screenshot: async (path) => void (await page.screenshot({ path })),
    close: () => page.close(),
  };
  screens.set(screen, page);
  return screen;
}

/** A headless Chromium, driven by Playwright. */
export async function chromiumDriver({ isStrict, ...options }: DriverOptions): Promise<Driver> {
  const browser = await launchExtension({
    headless: true,
    ...options,
    args: isStrict === true ? ['--test-third-party-cookie-phaseout'] : [],
  });
  const { context, extensionId } = browser;
  context.setDefaultTimeout(12_000);

  const open = async (url: string): Promise<Screen> => {
    const page = await context.newPage();
    await page.goto(url);
    return screenOf(page);
  };
  return {
    own: (path) => open(`chrome-extension://${extensionId}/${path}`),
    visit: open,
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
