import { mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Page } from 'playwright';
import { popupSize, type ExtensionBrowser } from '../../scripts/chromium.ts';
import { chooseCompany, connect } from '../../scripts/story.ts';
import type { Record_ } from '../sandbox/stora/state.ts';
import { openWorld, violationsOf, type World } from './setup.ts';

const directory = '.staffetta/look';
mkdirSync(directory, { recursive: true });

async function look(page: Page, name: string): Promise<void> {
  await page.setViewportSize(popupSize);
  await page.screenshot({ path: `${directory}/${name}.png`, fullPage: true });
  expect(await violationsOf(page), name).toEqual([]);
}

/** Switches a kind on; the login that its permission needs follows the button. */
async function wish({ browser }: World, popup: Page, section: string, label: string): Promise<void> {
  await popup.locator(`${section} summary`).click();
  await popup.getByLabel(label).check();
  const opening = browser.context.waitForEvent('page');
  await popup.locator(`${section} [data-code=missing-scope] button`).click();
  await (await opening).getByRole('button', { name: 'Autorizza' }).click();
  await popup.locator(section).waitFor();
}

/** Ids of the notifications that the browser shows. */
async function shown({ context }: ExtensionBrowser): Promise<string[]> {
  const [worker] = context.serviceWorkers();
  return (
    (await worker?.evaluate(async () => {
      const { notifications } = (
        globalThis as unknown as { chrome: { notifications?: { getAll(): Promise<object> } } }
      ).chrome; // the worker's own global
      return Object.keys((await notifications?.getAll()) ?? {});
    })) ?? []
  );
}

it.each([['en', 'dark', 'Invoice paid', 'Electronic invoice: new state']] as const)(
  'who wants to know is told by the browser within seconds, of both systems, once (%s, %s)',
  async (locale, colorScheme, paid, status) => {
    const world = await openWorld({ locale, colorScheme, withStora: true });
    const { browser, stack } = world;
    const popup = await world.enrolled();
    await connect(browser, popup, { email: 'demo@example.it' });
    await popup.locator('#company').waitFor();
    await chooseCompany(popup, 'Officina Aurora S.r.l.').catch(() => undefined);
    await popup.locator('.other summary').first().click();
    const opening = browser.context.waitForEvent('page');
    await popup.locator('.other section > button').first().click();
    await (await opening).getByRole('button', { name: 'Autorizza' }).click();
    await popup.locator('h2', { hasText: 'Stora' }).waitFor();

    await wish(world, popup, '#notices-stora', paid);
    await expect.poll(() => stack.stora.state.list('webhook_endpoints').length).toBe(1);
    await wish(world, popup, '#notices-fatture-in-cloud', status);
    await expect.poll(() => stack.sandbox.state.subscriptions[0]?.verified).toBe(true);
    await popup.locator('#notices-fatture-in-cloud summary').click();
    await look(popup, `notices-${locale}-${colorScheme}`);

    const [invoice] = stack.stora.state.list('invoices') as [Record_];
    expect(await stack.stora.tell('invoice.paid', invoice)).toEqual([204]);
    await expect.poll(() => shown(browser)).toHaveLength(1);
    const type = 'it.fattureincloud.webhooks.issued_documents.e_invoices.status_update';
    expect(await stack.sandbox.tell({ companyId: 101, type, ids: [12] })).toEqual([204]);
    await expect.poll(() => shown(browser)).toHaveLength(2);

    // The relay goes and comes back: what was told is not told again, what is new is.
    await stack.stopRelay();
    await stack.startRelay();
    const [, other] = stack.stora.state.list('invoices') as [Record_, Record_];
    expect(await stack.stora.tell('invoice.paid', other)).toEqual([204]);
    await expect.poll(() => shown(browser)).toHaveLength(3);

    await popup.locator('#notices-stora summary').click();
    await popup.getByLabel(paid).uncheck();
    await expect
      .poll(() => stack.stora.state.list('webhook_endpoints').map(({ status: now }) => now), {
        timeout: 10_000,
      })
      .toEqual(['disabled']);
  },
  60_000,
);
