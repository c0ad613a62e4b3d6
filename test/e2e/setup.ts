import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { onTestFinished } from 'vitest';
import type { Page } from 'playwright';
import { launchExtension, type ExtensionBrowser } from '../../scripts/chromium.ts';
import { startStack, type Stack } from '../../scripts/stack.ts';
import { connect, enrol } from '../../scripts/story.ts';
import { startShop } from '../sites/shop.ts';

/** What differs from an ordinary relay and an ordinary shop. */
export interface GroundOptions {
  environment?: Record<string, string>;
  relayPort?: number;
  /** Whether the relay has an app of Stora too; it has not. */
  withStora?: boolean;
  registeredRedirect?: string;
  /** Another program than the Chromium that is found. */
  executablePath?: string;
  /** Further pages of the shop, by path. */
  pages?: Record<string, string>;
}

/** What stands around a browser: a sandbox, a relay process, a shop. */
export interface Ground {
  stack: Stack;
  shopOrigin: string;
  /** Folder of the relay's database. */
  dataDir: string;
}

/** Starts a ground of its own for one test; it ends with the test. */
export async function openGround(options: GroundOptions = {}): Promise<Ground> {
  const dataDir = await mkdtemp(join(tmpdir(), 'staffetta-e2e-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const stack = await startStack({ withStora: false, ...options, dataDir });
  onTestFinished(stack.close);
  const shop = await startShop({ pages: options.pages ?? {} });
  onTestFinished(shop.close);
  return { stack, shopOrigin: shop.origin, dataDir };
}

interface WorldOptions extends GroundOptions {
  locale?: 'it' | 'en';
  colorScheme?: 'light' | 'dark';
}

/** A ground with a Chromium on it. */
export interface World extends Ground {
  browser: ExtensionBrowser;
  /** Opens the popup, enrolled. */
  enrolled(): Promise<Page>;
  /** Opens the popup, enrolled and connected as the user with one company. */
  connected(): Promise<Page>;
}

/** Builds a world. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const ground = await openGround(options);
  const { stack } = ground;
  const browser = await launchExtension({ headless: true, ...options });
  onTestFinished(browser.close);
  // Well within a test's own time: then the error names what was waited for.
  browser.context.setDefaultTimeout(25_000);
  // Last to be registered, first to run: says what every page showed while there is still something to see.
  onTestFinished(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    for (const page of browser.context.pages()) {
      const shown = await page
        .locator('body')
        .innerText({ timeout: 1_000 })
        .catch(() => 'nothing');
      console.log(`${page.url().split('?')[0]}: ${shown.slice(0, 600)}`);
    }
    console.log(stack.log.slice(-10).join('\n'));
  });

  const enrolled = async (): Promise<Page> => {
    const popup = await browser.openPopup();
    await enrol(popup, await stack.invite('Mario Rossi'));
    return popup;
  };
  return {
    ...ground,
    browser,
    enrolled,
    async connected() {
      const popup = await enrolled();
      await connect(browser, popup, { email: 'uno@example.it' });
      await popup.locator('#query').waitFor();
      return popup;
    },
  };
}

/**
 * What axe finds wrong with a page, a line each.
 *
 * In its legacy mode: the other one opens a tab of its own, and a page that is no longer in front may stop painting.
 */
export async function violationsOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

/** Ends the background as the browser does with one that is idle; an event or an alarm starts it anew. */
export async function killBackground({ context }: ExtensionBrowser, popup: Page): Promise<void> {
  const session = await context.newCDPSession(popup);
  const ended = new Promise<void>((resolve) => {
    session.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
      if (versions.some(({ runningStatus }) => runningStatus === 'stopped')) resolve();
    });
  });
  await session.send('ServiceWorker.enable');
  await session.send('ServiceWorker.stopAllWorkers');
  await ended;
  await session.detach();
}

/** Requests the sandbox has seen whose method and path match. */
export function requestsTo(stack: Stack, method: string, path: RegExp): number {
  return stack.sandbox.exchanges.filter((exchange) => exchange.method === method && path.test(exchange.path))
    .length;
}

/**
 * To be run in one of our own pages: the sites on which our script is registered. That a page has nothing of ours is known
 * by this, and not by looking for an element that may merely be late.
 */
export async function registeredSites(): Promise<string[]> {
  const { browser } = globalThis as unknown as {
    browser: { scripting: { getRegisteredContentScripts(): Promise<Array<{ id: string }>> } };
  }; // the page's own global
  return (await browser.scripting.getRegisteredContentScripts()).map(({ id }) => id.slice('site:'.length));
}

/**
 * Waits until the browser has seen what it now shows: observers of visibility are told of it a moment later. Ours have the
 * shortest delay there is, and so has this one: what it is told the third time ours have been told before.
 */
export const untilSeen = (page: Page): Promise<void> =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        const probe = document.createElement('div');
        probe.textContent = '.';
        probe.style.cssText = 'position:fixed;inset:0 auto auto 0';
        document.body.append(probe);
        let told = 0;
        const observer = new IntersectionObserver(
          () => {
            told += 1;
            probe.hidden = !probe.hidden;
            if (told < 3) return;
            observer.disconnect();
            probe.remove();
            resolve();
          },
          { trackVisibility: true, delay: 100 } as IntersectionObserverInit, // in no type yet
        );
        observer.observe(probe);
      }),
  );

/** Every value in every storage area of the extension, as one text. */
export async function dumpStorage({
  context,
}: ExtensionBrowser): Promise<{ local: string; session: string }> {
  const [worker] = context.serviceWorkers();
  if (worker === undefined) throw new Error('no background');
  return worker.evaluate(async () => {
    const { storage } = (
      globalThis as unknown as { chrome: { storage: Record<string, { get(): Promise<unknown> }> } }
    ).chrome; // the worker's own global
    return {
      local: JSON.stringify([await storage['local']?.get(), await storage['sync']?.get()]),
      session: JSON.stringify(await storage['session']?.get()),
    };
  });
}
