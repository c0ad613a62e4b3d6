import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startShop } from '../test/sites/shop.ts';
import { build } from './build.ts';
import { launchExtension } from './chromium.ts';
import { createLifetime, stopAtSignals } from './lifetime.ts';
import { freePort } from './port.ts';
import { startStack } from './stack.ts';
import { enrol } from './story.ts';
import { playTour } from './tour.ts';

/** The demo: sandbox, shop and relay on loopback, and a browser that is ready to connect. */
const hasDisplay =
  process.platform !== 'linux' || (process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'] ?? '') !== '';

/** For who wants to load the extension by hand, in Firefox or in a browser of their own. */
const isByHand = process.argv.includes('--by-hand');

const step = async <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
  const startedAt = performance.now();
  const result = await work();
  console.log(`✓ ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
  return result;
};

const lifetime = createLifetime((code) => process.exit(code));
stopAtSignals(lifetime);

try {
  const { path: dataDir } = await lifetime.start(async () => {
    const path = mkdtempSync(join(tmpdir(), 'staffetta-demo-'));
    return { path, close: async () => rmSync(path, { recursive: true, force: true }) };
  });
  const browsers = isByHand ? (['chrome', 'firefox'] as const) : (['chrome'] as const);
  await step('extension built', () => build({ mode: 'sandbox', browsers }));
  const shop = await step('demo shop', () =>
    lifetime.start(async () => startShop({ port: await freePort(8791) })),
  );
  const stack = await step('sandbox and relay', () =>
    lifetime.start(() => startStack({ dataDir, relayPort: 8787, sandboxPort: 8790, prefillLogin: true })),
  );
  if (isByHand) {
    console.log(`
Load the extension:
  Firefox  about:debugging#/runtime/this-firefox › Load Temporary Add-on › ${resolve('dist/firefox-mv3-sandbox/manifest.json')}
  Chrome   chrome://extensions › Developer mode › Load unpacked › ${resolve('dist/chrome-mv3-sandbox')}
Open its popup, and paste this invite; each works once, for one browser:
  ${await stack.invite('Mario Rossi')}
  ${await stack.invite('Anna Bianchi')}
Then open ${shop.origin}/ordini/1045
Relay ${stack.relayOrigin} · sandbox ${stack.sandbox.origin}
Ctrl-C stops everything.`);
    await new Promise(() => undefined);
  }
  const browser = await step('Chromium with the extension', () =>
    lifetime.start(() =>
      launchExtension({ headless: !hasDisplay, viewport: hasDisplay ? null : { width: 1100, height: 820 } }),
    ),
  );
  const popup = await browser.openPopup();
  await step('enrolled with a one-time invite', async () => enrol(popup, await stack.invite('Mario Rossi')));

  if (hasDisplay) {
    await popup.close();
    const page = browser.context.pages()[0] ?? (await browser.context.newPage());
    await page.goto(`${shop.origin}/ordini/1042`);
    console.log(`
Press the Staffetta button in the toolbar (under the puzzle piece), then:
  1. Continua su Fatture in Cloud: the sandbox's login is filled in for you
  2. choose a company
  3. Usa su questo sito, then the green chip beside the customer
Relay ${stack.relayOrigin} · sandbox ${stack.sandbox.origin} · shop ${shop.origin}
Ctrl-C stops everything.`);
    await new Promise((resolve) => browser.context.once('close', resolve));
  } else {
    await playTour({ browser, stack, shopOrigin: shop.origin, directory: '.staffetta/tour', popup });
  }
  await lifetime.stop(0);
} catch (error) {
  if (!lifetime.isStopping()) console.error(`✗ ${error instanceof Error ? error.message : String(error)}`);
  await lifetime.stop(1);
}
