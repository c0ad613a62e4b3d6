import { resolve } from 'node:path';
import { launch, type Browser, type Page } from 'puppeteer-core';
import { firefoxAddonIdDefault } from '../relay/config/config.ts';
import { findFirefox } from './browser.ts';

/** A stock Firefox with the sandbox build of the extension in it, driven over WebDriver BiDi. */
export interface FirefoxBrowser {
  browser: Browser;
  /** Opens one of the extension's pages in a tab: `popup.html?site=…`. */
  open(path: string): Promise<Page>;
  /** Runs code in the browser's own window, as the add-on manager's pages may; answers what it returns, as JSON. */
  privileged<Value>(code: string): Promise<Value>;
  /** Reaches the chip and card of a page; their shadow root is closed even to tests. */
  cardOn(page: Page): FirefoxCard;
  close(): Promise<void>;
}

/** The chip and card on a page. */
export interface FirefoxCard {
  text(): Promise<string>;
  /** HTML of chip and card; style is left out. */
  html(): Promise<string>;
  waitForChip(): Promise<void>;
  /** Waits until the text contains `part`. */
  waitFor(part: string): Promise<void>;
  /** Presses the button whose text or label contains `label`, with the mouse, `count` times. */
  press(label: string, count?: number): Promise<void>;
  /** Points where that button is now; answers a press there, whatever is there by then. */
  aim(label: string): Promise<(count?: number) => Promise<void>>;
}

/** A node as the protocol shows it (WebDriver BiDi, `script.NodeRemoteValue`). */
interface BidiNode {
  sharedId: string;
  value: {
    localName?: string;
    nodeValue?: string;
    attributes?: Record<string, string>;
    children?: BidiNode[];
    shadowRoot?: BidiNode | null;
  };
}

/** The node and all below it, shadow roots first; what is style is left out. */
const below = (node: BidiNode): BidiNode[] => {
  const { localName, children = [], shadowRoot } = node.value;
  if (localName === 'style') return [];
  return [node, ...[...(shadowRoot == null ? [] : [shadowRoot]), ...children].flatMap(below)];
};

const textBelow = (node: BidiNode): string =>
  below(node)
    .flatMap(({ value }) => (value.localName === undefined ? (value.nodeValue ?? []) : []))
    .join(' ');

const htmlBelow = (node: BidiNode): string =>
  below(node)
    .map(({ value: { localName, nodeValue, attributes = {} } }) =>
      localName === undefined
        ? (nodeValue ?? '').replaceAll('<', '&lt;')
        : `<${[localName, ...Object.entries(attributes).map(([name, text]) => `${name}=${JSON.stringify(text).replaceAll('<', '&lt;')}`)].join(' ')}>`,
    )
    .join('');

interface LaunchOptions {
  locale?: 'it' | 'en';
  colorScheme?: 'light' | 'dark';
  /** Whether the extension may run in private windows, and whether there are no others: permanent private browsing. */
  privateBrowsing?: 'allowed' | 'permanent';
  /** Folder of the unpacked extension; the sandbox build. */
  directory?: string;
  /** Another program than the Firefox that is found. */
  executablePath?: string;
  /** Further preferences. */
  preferences?: Record<string, boolean | number | string>;
}

/** Any will do: chosen here, so that the extension's addresses are known. */
const hostname = '7b1a3c5e-2f4d-4a6b-8c9d-0e1f2a3b4c5d';

/** Starts Firefox with an empty profile and the extension loaded. */
export async function launchFirefox(options: LaunchOptions = {}): Promise<FirefoxBrowser> {
  const executablePath = options.executablePath ?? findFirefox();
  if (executablePath === null) throw new Error('no Firefox');
  const browser = await launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    // Our own pages and the browser's window are "system" to WebDriver.
    args: ['--remote-allow-system-access'],
    extraPrefsFirefox: {
      'extensions.webextensions.uuids': JSON.stringify({ [firefoxAddonIdDefault]: hostname }),
      // No script can press the browser's own question; what is asked in a click is granted.
      'extensions.webextOptionalPermissionPrompts': false,
      'intl.locale.requested': options.locale ?? 'it',
      'intl.accept_languages': options.locale ?? 'it',
      'layout.css.prefers-color-scheme.content-override': options.colorScheme === 'dark' ? 0 : 1,
      'ui.systemUsesDarkTheme': options.colorScheme === 'dark' ? 1 : 0,
      'browser.privatebrowsing.autostart': options.privateBrowsing === 'permanent',
      ...options.preferences,
    },
  });
  try {
    await browser.installExtension(resolve(options.directory ?? 'dist/firefox-mv3-sandbox'));
  } catch (error) {
    await browser.close();
    throw error;
  }

  // Puppeteer keeps its connection to itself; what the protocol can do beyond it has no other door.
  const { connection } = browser as unknown as {
    connection: { send(method: string, parameters: object): Promise<{ result: Record<string, unknown> }> };
  };

  const { result: tree } = await connection.send('browsingContext.getTree', {
    'moz:scope': 'chrome',
    maxDepth: 0,
  });
  const contexts = tree['contexts'] as Array<{ url: string; context: string }>;
  // The first window: a login's own would take the code with it when it closes.
  const mainWindow = contexts.find(({ url }) => url === 'chrome://browser/content/browser.xhtml')?.context;
  const privileged = async <Value>(code: string): Promise<Value> => {
    const { result: answer } = await connection.send('script.callFunction', {
      awaitPromise: true,
      target: { context: mainWindow },
      functionDeclaration: `async () => JSON.stringify(await (async () => { ${code} })() ?? null)`,
    });
    if (answer['type'] !== 'success') throw new Error(JSON.stringify(answer['exceptionDetails']));
    return JSON.parse((answer['result'] as { value: string }).value) as Value;
  };

  const cardOn = (page: Page): FirefoxCard => {
    const { _id: context } = page.mainFrame() as unknown as { _id: string };
    /** The chip and all that is below it, closed shadow roots too. */
    const read = async (): Promise<BidiNode | null> => {
      const { result: answer } = await connection.send('script.evaluate', {
        expression: 'document.querySelector("staffetta-chip")',
        target: { context },
        awaitPromise: false,
        serializationOptions: { maxDomDepth: 30, includeShadowTree: 'all' },
      });
      const found = answer['result'] as BidiNode & { type: string };
      return found.type === 'node' ? found : null;
    };
    const text = async (): Promise<string> => {
      const found = await read();
      return found === null ? '' : textBelow(found);
    };
    const until = async (what: string, test: (said: string) => boolean): Promise<void> => {
      const endsAt = performance.now() + 25_000;
      for (let said = await text(); !test(said); said = await text()) {
        if (performance.now() > endsAt) throw new Error(`no “${what}”; the card says: ${said}`);
      }
    };
    const card: FirefoxCard = {
      text,
      async html() {
        const found = await read();
        return found === null ? '' : htmlBelow(found);
      },
      waitForChip: () => until('chip', (said) => said !== ''),
      waitFor: (part) => until(part, (said) => said.includes(part)),
      press: async (label, count) => (await card.aim(label))(count),
      async aim(label) {
        const found = await read();
        const button = (found === null ? [] : below(found)).find(
          (node) =>
            node.value.localName === 'button' &&
            `${textBelow(node)} ${node.value.attributes?.['aria-label'] ?? ''}`.includes(label),
        );
        if (button === undefined) throw new Error(`no “${label}”; the card says: ${await text()}`);
        const { result: answer } = await connection.send('script.callFunction', {
          functionDeclaration:
            '(one) => { one.scrollIntoView({ block: "nearest" }); const box = one.getBoundingClientRect(); return `${box.x + box.width / 2} ${box.y + box.height / 2}`; }',
          arguments: [{ sharedId: button.sharedId }],
          target: { context },
          awaitPromise: false,
        });
        const [x = 0, y = 0] = (answer['result'] as { value: string }).value.split(' ').map(Number);
        return (count = 1) => page.mouse.click(x, y, { count });
      },
    };
    return card;
  };

  if (options.privateBrowsing !== undefined) {
    // What a person ticks in the add-on manager: "run in private windows".
    await privileged(`
      const { ExtensionPermissions } = ChromeUtils.importESModule('resource://gre/modules/ExtensionPermissions.sys.mjs');
      const policy = WebExtensionPolicy.getByID(${JSON.stringify(firefoxAddonIdDefault)});
      await ExtensionPermissions.add(policy.id, { permissions: ['internal:privateBrowsingAllowed'], origins: [] }, policy.extension);
      const { AddonManager } = ChromeUtils.importESModule('resource://gre/modules/AddonManager.sys.mjs');
      await (await AddonManager.getAddonByID(policy.id)).reload();
      return true;`);
  }

  return {
    browser,
    async open(path) {
      const page = await browser.newPage();
      // Extension pages tell WebDriver of no load: what is waited for is what stands on them.
      await page.goto(`moz-extension://${hostname}/${path}`, { waitUntil: [] });
      await page.waitForSelector('main > *');
      return page;
    },
    privileged,
    cardOn,
    close: () => browser.close(),
  };
}
