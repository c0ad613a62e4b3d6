import { mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Page } from 'playwright';
import { cardOn } from '../../scripts/card.ts';
import type { ExtensionBrowser } from '../../scripts/chromium.ts';
import { enableSite } from '../../scripts/story.ts';
import { killBackground, openWorld, registeredSites, violationsOf } from './setup.ts';
import { variants } from '../variants.ts';

const directory = '.staffetta/look';
mkdirSync(directory, { recursive: true });

async function openOptions({ context, extensionId }: ExtensionBrowser): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`chrome-extension://${extensionId}/options.html`);
  return page;
}

/** A page whose first question for the sites is answered only when the test says so. */
interface HeldPage {
  held: { asks: number; isThrough: boolean };
}

/** Takes a host permission away, as a person does in the browser's own settings. */
async function takeAway({ context }: ExtensionBrowser, origin: string): Promise<void> {
  const [worker] = context.serviceWorkers();
  await worker?.evaluate(
    (host) =>
      (
        globalThis as unknown as {
          chrome: { permissions: { remove(what: object): Promise<boolean> } };
        }
      ).chrome.permissions.remove({ origins: [host] }), // the worker's own global
    `${new URL(origin).protocol}//${new URL(origin).hostname}/*`,
  );
}

it.each(
  variants([
    [
      'it',
      'light',
      [
        'Pausa',
        'Riprendi',
        'Togli',
        'Ancora nessun sito',
        'Il browser non permette più',
        'Proposti dal tuo team',
      ],
    ],
  ] as const),
)(
  'sites are listed, paused and removed; a permission that was taken away is explained; the team’s are offered (%s, %s)',
  async (locale, colorScheme, [pause, resume, remove, none, taken, offered]) => {
    const world = await openWorld({
      locale,
      colorScheme,
      environment: { STAFFETTA_SITES: 'https://negozio.example.it, https://crm.example.it' },
    });
    const { browser, shopOrigin } = world;
    await world.connected();
    const options = await openOptions(browser);
    await options.getByText(none).waitFor();
    await options.getByText(offered).waitFor();
    await options.getByText('negozio.example.it').waitFor();
    await enableSite(browser, shopOrigin);
    const shop = await browser.context.newPage();
    await shop.goto(`${shopOrigin}/ordini/1042`);
    const card = await cardOn(shop);
    await card.waitForChip();

    await options.bringToFront();
    await options.getByRole('button', { name: pause }).click();
    await options.getByRole('button', { name: resume }).waitFor();
    for (const [width, name] of [
      [360, 'narrow'],
      [1000, 'wide'],
    ] as const) {
      await options.setViewportSize({ width, height: 700 });
      await options.screenshot({
        path: `${directory}/options-${locale}-${colorScheme}-${name}.png`,
        fullPage: true,
      });
      expect(await violationsOf(options)).toEqual([]);
    }
    await expect.poll(() => card.hasChip()).toBe(false);
    // A page that is opened meanwhile has nothing of ours either, and a change of it brings nothing back.
    await shop.evaluate(() => document.body.append('x'));
    expect(await options.evaluate(registeredSites)).toEqual([]);

    await options.getByRole('button', { name: resume }).click();
    await shop.bringToFront();
    await (await cardOn(shop)).waitForChip();

    // A background that ended before it came to this: the next one does it first thing.
    await killBackground(browser, options);
    await options.evaluate(() => {
      const { chrome } = globalThis as unknown as {
        chrome: { scripting: { unregisterContentScripts(): Promise<void> } };
      }; // the page's own global
      return chrome.scripting.unregisterContentScripts();
    });
    await options.reload();
    await expect.poll(() => options.evaluate(registeredSites)).toEqual([shopOrigin]);

    // An answer that was asked for before, and comes after, is not what is shown.
    const slow = await browser.context.newPage();
    await slow.addInitScript(() => {
      type Ask = (message: { name: string }) => Promise<unknown>;
      const page = globalThis as unknown as { chrome: { runtime: { sendMessage: Ask } } } & HeldPage; // the page's own global
      const { runtime } = page.chrome;
      const own = runtime.sendMessage.bind(runtime);
      page.held = { asks: 0, isThrough: false };
      runtime.sendMessage = async (message) => {
        if (message.name !== 'sites.read') return own(message);
        page.held.asks += 1;
        if (page.held.asks > 1) return own(message);
        await new Promise((resolve) => addEventListener('let-through', resolve, { once: true }));
        page.held.isThrough = true;
        return { ok: true, value: { own: [], offered: [], failure: null } };
      };
    });
    await slow.goto(options.url());
    const readHeld = () => slow.evaluate(() => (globalThis as unknown as HeldPage).held); // as above
    await expect.poll(readHeld).toEqual({ asks: 1, isThrough: false });
    await options.getByRole('button', { name: pause }).click();
    await slow.getByRole('button', { name: resume }).waitFor();
    await slow.bringToFront();
    await slow.evaluate(() => dispatchEvent(new Event('let-through')));
    await slow.evaluate(() => new Promise(requestAnimationFrame));
    const held = await readHeld();
    expect(held.asks).toBeGreaterThanOrEqual(2);
    expect(held.isThrough).toBe(true);
    expect(await slow.getByRole('button', { name: resume }).count()).toBe(1);
    await slow.close();

    await takeAway(browser, shopOrigin);
    await options.bringToFront();
    await options.getByText(taken).waitFor();
    await options.getByRole('button', { name: remove }).click();
    await options.getByText(none).waitFor();
  },
);
