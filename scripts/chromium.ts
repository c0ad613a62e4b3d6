import { resolve } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright';
import { findChromium } from './browser.ts';

/** A Chromium with the sandbox build of the extension in it. */
export interface ExtensionBrowser {
  context: BrowserContext;
  extensionId: string;
  /** Opens the popup in a tab of its own, as if over a page of `site`. */
  openPopup(site?: string): Promise<Page>;
  /** Lets `permissions.request` for `origin` succeed without the browser's own dialog, which no script can press. */
  preapprove(origin: string): Promise<void>;
  /** Loads the extension again from its folder, as after a new build. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

interface LaunchOptions {
  headless: boolean;
  locale?: 'it' | 'en';
  colorScheme?: 'light' | 'dark';
  viewport?: { width: number; height: number } | null;
  /** Folder of a profile that outlives the browser; an empty one that does not. */
  profile?: string;
  /** Another program than the Chromium that is found. */
  executablePath?: string;
  /** Folder of an unpacked extension; ours. */
  directory?: string;
  /** Further switches. */
  args?: readonly string[];
}

/** Narrowest width Chrome gives a toolbar popup of ours, with the height most of its screens need. */
export const popupSize = { width: 360, height: 600 };

/** Starts Chromium with an empty profile and the extension loaded. */
export async function launchExtension(options: LaunchOptions): Promise<ExtensionBrowser> {
  const executablePath = options.executablePath ?? findChromium();
  if (executablePath === null) throw new Error('no Chromium: run npm test or npm start once');
  const directory = resolve(options.directory ?? 'dist/chrome-mv3-sandbox');
  const locale = options.locale ?? 'it';
  const context = await chromium.launchPersistentContext(options.profile ?? '', {
    executablePath,
    // The caller ends everything in its own order; the browser alone would end the process under it.
    handleSIGINT: false,
    handleSIGTERM: false,
    headless: options.headless,
    colorScheme: options.colorScheme ?? 'light',
    viewport: options.viewport === undefined ? { width: 1100, height: 820 } : options.viewport,
    // Linux takes the language of the browser, and so of `browser.i18n`, from here.
    // A locale that is not installed is as good as C, in which Chromium finds no folder with an accent in its name: C.UTF-8 is always there.
    env: {
      ...process.env,
      LANGUAGE: locale,
      LANG: locale === 'it' ? 'it_IT.UTF-8' : 'en_US.UTF-8',
      LC_ALL: 'C.UTF-8',
    },
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      `--lang=${locale}`,
      ...(options.args ?? []),
      `--disable-extensions-except=${directory}`,
      `--load-extension=${directory}`,
    ],
  });
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
  const extensionId = new URL(worker.url()).host;
  return {
    context,
    extensionId,
    async openPopup(site) {
      const page = await context.newPage();
      const query = site === undefined ? '' : `?site=${encodeURIComponent(site)}`;
      await page.goto(`chrome-extension://${extensionId}/popup.html${query}`);
      return page;
    },
    async preapprove(origin) {
      const page = await context.newPage();
      await page.goto('chrome://extensions/');
      await page.evaluate(
        ([id, host]) =>
          // An API of that page alone; it is in no type package.
          (
            globalThis as unknown as {
              chrome: { developerPrivate: { addHostPermission(id: string, host: string): Promise<void> } };
            }
          ).chrome.developerPrivate.addHostPermission(id, host),
        [extensionId, `${new URL(origin).protocol}//${new URL(origin).hostname}/*`] as const,
      );
      await page.close();
    },
    async reload() {
      const page = await context.newPage();
      await page.goto('chrome://extensions/');
      await page.evaluate(async (id) => {
        // An API of that page alone; it is in no type package.
        const { developerPrivate } = (
          globalThis as unknown as {
            chrome: {
              developerPrivate: {
                updateProfileConfiguration(change: object): Promise<void>;
                reload(id: string, options: object): Promise<void>;
              };
            };
          }
        ).chrome;
        // Without it a reload leaves an unpacked extension off.
        await developerPrivate.updateProfileConfiguration({ inDeveloperMode: true });
        await developerPrivate.reload(id, { failQuietly: true });
      }, extensionId);
      await page.close();
    },
    close: () => context.close(),
  };
}
