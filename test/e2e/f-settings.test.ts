import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  answerProvider,
  connectButton,
  openBrowserWorld,
  inEachBrowser,
  type BrowserName,
} from './driver.ts';
import { requestsTo } from './setup.ts';

/** The extension as a browser has it that knows no `identity`, such as Firefox for Android. */
function withoutIdentity(browser: BrowserName): string {
  const folder = mkdtempSync(join(tmpdir(), 'staffetta-no-identity-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  cpSync(`dist/${browser === 'Chromium' ? 'chrome' : 'firefox'}-mv3-sandbox`, folder, { recursive: true });
  const file = join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { permissions: string[] };
  manifest.permissions = manifest.permissions.filter((one) => one !== 'identity');
  writeFileSync(file, JSON.stringify(manifest));
  return folder;
}

inEachBrowser((name) => {
  it('where the browser has no login window of its own a tab serves: it is watched over a stopped background, and closed when it is done', async () => {
    const world = await openBrowserWorld(name, { directory: withoutIdentity(name) });
    const { sandbox } = world.stack;
    const popup = await world.enrolled();
    const closed = await world.loginWindow(sandbox.origin, () => popup.click(connectButton));
    await closed.close();
    await popup.toFront();
    await popup.waitFor('[data-code=window-closed]');
    expect(requestsTo(world.stack, 'POST', /\/oauth\/token/)).toBe(0);

    const window = await world.loginWindow(sandbox.origin, () => popup.click(connectButton));
    await window.waitFor('input[type=email]');
    // A second factor takes longer than the browser lets a background rest.
    await world.endBackground();
    await answerProvider(window, 'uno@example.it');
    const later = await world.popup();
    await later.waitFor('#query');
    await expect.poll(() => world.urls().some((url) => url.startsWith(world.stack.relayOrigin))).toBe(false);
    expect(world.stack.log.join('\n')).not.toContain('handle=');
  });

  it('with every cookie of others refused and sites kept apart, connecting and the card work', async () => {
    const world = await openBrowserWorld(name, { isStrict: true });
    await world.connected();
    await world.enableShop();
    const { card } = await world.shopPage();
    await card.press('Staffetta');
    await card.waitFor('Crea il cliente');
  });

  it('F2: a background that ends while a client is being made makes one, and the card says how it stands', async () => {
    const world = await openBrowserWorld(name);
    const { sandbox } = world.stack;
    await world.connected();
    await world.enableShop();
    const { card } = await world.shopPage();
    await card.press('Staffetta');
    await card.waitFor('Crea il cliente');
    const companyId = sandbox.state.companies.find((one) => one.name.startsWith('Torrefazione'))?.id ?? 0;
    let ended: Promise<void> = Promise.resolve();
    const isMade = new Promise<void>((resolve) => {
      sandbox.faults.next(`POST /c/${companyId}/entities/clients`, {
        onAnswer: () => {
          ended = world.endBackground();
          resolve();
          return ended;
        },
      });
    });
    await card.press('Crea il cliente');
    await isMade;
    await ended;
    // The page was told that its background is gone; the next press asks the next one.
    await card.waitFor('Riprova');
    await card.press('Riprova');
    await card.waitFor('È già cliente');
    expect(sandbox.state.clientsOf(companyId)).toHaveLength(1);
  });
});
