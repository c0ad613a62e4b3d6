import { mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Page } from 'playwright';
import { cardOn } from '../../scripts/card.ts';
import { findChromium } from '../../scripts/browser.ts';
import { connect, enableSite } from '../../scripts/story.ts';
import { createPolicies, policyObstacle } from './policy.ts';
import { openWorld, registeredSites, requestsTo, violationsOf, type World } from './setup.ts';

const directory = '.staffetta/look';
mkdirSync(directory, { recursive: true });

interface Managed extends World {
  /** Sets the policy anew and has the running browser look at it, as it does by itself every quarter of an hour. */
  set(settings: Readonly<Record<string, unknown>>): Promise<void>;
  openOptions(): Promise<Page>;
}

async function openManaged(locale: 'it' | 'en'): Promise<Managed> {
  const policies = createPolicies();
  const executablePath = policies.launcher(findChromium() ?? '');
  const world = await openWorld({ locale, withStora: true, executablePath });
  const { context, extensionId } = world.browser;
  const policyPage = await context.newPage();
  await policyPage.goto('chrome://policy');
  return {
    ...world,
    async set(settings) {
      policies.write(settings);
      await policyPage.bringToFront();
      await policyPage.locator('#reload-policies').click();
    },
    async openOptions() {
      const page = await context.newPage();
      await page.goto(`chrome-extension://${extensionId}/options.html`);
      return page;
    },
  };
}

/** Asks the background as our own pages do, past everything that a page hides. */
const ask = (page: Page, name: string, input: object): Promise<unknown> =>
  page.evaluate(
    (message) =>
      (
        globalThis as unknown as { chrome: { runtime: { sendMessage(message: object): Promise<unknown> } } }
      ).chrome.runtime.sendMessage(message), // an extension page's own global
    { name, input },
  );

const refused = (code: string): object => ({ ok: false, failure: { code } });

/** Looks at a page in both colours, narrow as the popup is or as wide as a tab, and lets axe judge it. */
async function look(page: Page, name: string, width = 360): Promise<void> {
  await page.bringToFront();
  await page.setViewportSize({ width, height: 600 });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${directory}/managed-${name}-${colorScheme}.png`, fullPage: true });
    expect(await violationsOf(page), name).toEqual([]);
  }
}

/** A test that needs a browser with policies. Where that cannot be had the reason stands beside it. */
const withPolicies = (name: string, work: () => Promise<void>): void =>
  it(
    name,
    async ({ skip }) => {
      const obstacle = policyObstacle();
      skip(obstacle !== null, obstacle ?? '');
      await work();
    },
    60_000,
  );

for (const [locale, other, off, says] of [
  ['it', 'Questo invito è di un altro relay', 'La tua organizzazione lo ha disattivato', 'non permette'],
  ['en', 'This invite is for another relay', 'Your organisation has switched this off', 'does not let'],
] as const) {
  withPolicies(
    `an organisation sets relay, services and sites by Chromium's own policy: nothing else can be joined, connected or switched on, and a change holds at once (${locale})`,
    async () => {
      const world = await openManaged(locale);
      const { stack, browser, shopOrigin } = world;
      const { relayOrigin } = stack;
      await world.set({ relayOrigin, providers: ['fatture-in-cloud'], sites: [shopOrigin] });

      const popup = await browser.openPopup();
      await popup.locator('#relay').waitFor();
      expect(await popup.locator('#relay').inputValue()).toBe(relayOrigin);
      expect(await popup.locator('#relay').isEditable()).toBe(false);
      const invite = await stack.invite('Mario Rossi');
      await popup.locator('#invite').fill(invite.replace(relayOrigin, 'https://relay.altrove.example'));
      await popup.locator('button[type=submit]').click();
      await popup.getByText(other).waitFor();
      await look(popup, `join-${locale}`);
      // The code is enough.
      await popup.locator('#invite').fill(invite.slice(invite.indexOf('#') + 1));
      await popup.locator('button[type=submit]').click();
      await popup.locator('.permissions').first().waitFor();
      await popup.getByText(off).waitFor();
      await look(popup, `blocked-${locale}`);
      await connect(browser, popup, { email: 'uno@example.it' });
      await popup.locator('#query').waitFor();
      const stora = { providerId: 'stora' };
      const blocked = refused('blocked-by-organisation');
      expect(await ask(popup, 'device.start', stora)).toEqual(blocked);
      expect(await ask(popup, 'token.connect', { ...stora, token: 'x' })).toEqual(blocked);
      expect(await ask(popup, 'contact.show', { contactId: 'con_1' })).toEqual(blocked);
      await ask(popup, 'connection.start', stora);
      await expect
        .poll(() => ask(popup, 'state.read', { origin: null }))
        .toMatchObject({
          value: { flow: { status: 'failed', failure: { code: 'blocked-by-organisation' } } },
        });

      // What the organisation allows is offered, and one press switches it on.
      const options = await world.openOptions();
      await browser.preapprove(shopOrigin);
      await options.bringToFront();
      await look(options, `options-${locale}`, 720);
      await options.getByRole('button', { name: /Usa in questo sito|Use on this site/ }).click();
      const shop = await browser.context.newPage();
      await shop.goto(`${shopOrigin}/ordini/1042`);
      const card = await cardOn(shop);
      await card.waitForChip();
      expect(await popup.evaluate(registeredSites)).toEqual([shopOrigin]);

      // Allowed no longer: everything stops while it runs, and nothing of it is asked of the provider any more.
      await world.set({ relayOrigin, providers: ['stora'], sites: ['https://negozio.example.it'] });
      await popup.locator('#query').waitFor({ state: 'detached' });
      await popup.getByText(off).first().waitFor();
      const asked = requestsTo(stack, 'GET', /./);
      expect(await ask(popup, 'client.find', { query: 'Aurora' })).toEqual(blocked);
      expect(requestsTo(stack, 'GET', /./)).toBe(asked);
      await expect.poll(() => card.hasChip()).toBe(false);
      expect(await popup.evaluate(registeredSites)).toEqual([]);
      await options.getByText('negozio.example.it').first().waitFor();
      expect(await ask(popup, 'site.enable', { origin: shopOrigin })).toEqual(blocked);
      expect(await ask(popup, 'sites.read', {})).toMatchObject({
        value: { own: [], offered: ['https://negozio.example.it'] },
      });
      const pattern = `${new URL(shopOrigin).protocol}//${new URL(shopOrigin).hostname}/*`;
      const mayRead = await options.evaluate(
        (origin) =>
          (
            globalThis as unknown as {
              chrome: { permissions: { contains(what: object): Promise<boolean> } };
            }
          ).chrome.permissions.contains({ origins: [origin] }), // as above
        pattern,
      );
      expect(mayRead).toBe(false);
      const over = await browser.openPopup(shopOrigin);
      await over.getByText(says).waitFor();
      expect(await over.locator('.site button').count()).toBe(0);
      await look(over, `site-${locale}`);

      // Another relay: nothing more is sent to the old one.
      await world.set({ relayOrigin: 'https://relay.altrove.example' });
      await expect.poll(() => over.locator('#relay').inputValue()).toBe('https://relay.altrove.example');
      expect(await ask(over, 'sites.read', {})).toMatchObject({
        value: { failure: { code: 'not-enrolled' } },
      });

      // No policy any more: all is as it was before, without a restart.
      await world.set({});
      await over.locator('footer').waitFor();
    },
  );
}

withPolicies(
  'a setting that cannot be read closes what it is about and nothing else, and the options page says so; what Chromium leaves out for its type the extension cannot see',
  async () => {
    const world = await openManaged('it');
    const { browser, shopOrigin, stack } = world;
    await world.connected();
    const popup = await enableSite(browser, shopOrigin);
    const shop = await browser.context.newPage();
    await shop.goto(`${shopOrigin}/ordini/1042`);
    const card = await cardOn(shop);
    await card.waitForChip();
    const unreadable = refused('policy-unreadable');

    await world.set({ relayOrigin: stack.relayOrigin, providers: ['Fatture in Cloud'], sites: [shopOrigin] });
    await popup.getByText('L’elenco dei servizi').first().waitFor();
    expect(await ask(popup, 'client.find', { query: 'Aurora' })).toEqual(unreadable);
    await shop.bringToFront();
    expect(await card.hasChip()).toBe(true);

    await world.set({ sites: [shopOrigin, 'bottega'] });
    await popup.bringToFront();
    await popup.locator('#query').waitFor();
    await popup.getByText('L’elenco dei siti').waitFor();
    await expect.poll(() => card.hasChip()).toBe(false);
    expect(await ask(popup, 'site.enable', { origin: shopOrigin })).toEqual(unreadable);
    const options = await world.openOptions();
    await options.getByText('L’elenco dei siti').waitFor();
    await look(options, 'unreadable-it', 720);

    // Put right: what the member had switched on is there again.
    await world.set({ sites: [shopOrigin] });
    await options.getByText('L’elenco dei siti').waitFor({ state: 'detached' });
    await shop.reload();
    await card.waitForChip();

    await world.set({ relayOrigin: 'relay' });
    await popup.bringToFront();
    await popup.getByText('L’indirizzo del relay').waitFor();
    expect(await ask(popup, 'installation.enrol', { link: await stack.invite('Anna Bianchi') })).toEqual(
      unreadable,
    );

    // Not a list at all: Chromium compares the type by itself and hands on nothing, as if it had not been set.
    await world.set({ sites: 'https://negozio.example.it', providers: [7] });
    await expect
      .poll(() => ask(popup, 'managed.read', {}))
      .toEqual({ ok: true, value: { relayOrigin: null, providers: null, sites: null, unreadable: [] } });
  },
);
