import { mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { findFirefox } from '../../scripts/browser.ts';
import { approveDevice } from '../sandbox/consent.ts';
import { inBrowser, openBrowserWorld, send, violationsOn, type BrowserWorld } from './driver.ts';
import { createPolicies, policyObstacle } from './policy.ts';

const directory = '.staffetta/look';
mkdirSync(directory, { recursive: true });

/** Connects as somebody with two companies, and chooses the first. */
async function connectAurora(world: BrowserWorld) {
  const popup = await world.enrolled();
  await world.logIn(popup, { email: 'demo@example.it' });
  await popup.choose('#company', '101');
  await popup.waitFor('#query');
  return popup;
}

inBrowser('Firefox', () => {
  it('the whole story in stock Firefox: from an invite to one new client made in a page, over a stopped background; F10: nothing that lives long is kept', async () => {
    const world = await openBrowserWorld('Firefox');
    const { state } = world.stack.sandbox;
    const popup = await connectAurora(world);
    await popup.screenshot(`${directory}/firefox-popup-it-light.png`);
    expect(await violationsOn(popup)).toEqual([]);
    await popup.fill('#query', 'Aurora Giardini');
    await popup.pressKey('Enter');
    await popup.waitForText('Aurora Giardini S.r.l.');

    const kept = await world.kept();
    expect(kept.session).toMatch(/a\/[\w.-]{20,}/);
    expect(kept.local).not.toMatch(/a\/[\w.-]{20,}/);
    for (const secret of state.secrets().filter((value) => !value.startsWith('a/'))) {
      expect(kept.local + kept.session).not.toContain(secret);
    }

    // The event page is stopped; the next question wakes it, and it knows everything still.
    await world.endBackground();
    await popup.fill('#query', 'Tipografia');
    await popup.pressKey('Enter');
    await popup.waitForText('Tipografia San Marco');

    await world.enableShop();
    const { page, card } = await world.shopPage();
    await card.press('Staffetta');
    await card.waitFor('Crea il cliente');
    await page.screenshot(`${directory}/firefox-card-it-light.png`);
    await card.press('Crea il cliente');
    await card.waitFor('Cliente creato');
    expect(state.clientsOf(101)).toHaveLength(16);
    expect(state.clientsOf(101).at(-1)).toMatchObject({ vat_number: '04172639991' });

    const last = await world.popup();
    await last.press('Scollega');
    await last.press('Sì');
    await last.waitForText('Applicazioni');
  });

  it('a code on another device and a token made by hand: each way ends in Firefox as it does in Chrome', async () => {
    const world = await openBrowserWorld('Firefox', { locale: 'en', colorScheme: 'dark' });
    const { sandbox } = world.stack;
    const popup = await world.enrolled();
    // Another device: the relay asks while every page of ours is closed.
    await popup.click('details summary');
    await popup.click('input[name=purpose]');
    await popup.click('label:nth-of-type(2) > input[name=login]');
    await popup.waitFor('section > button');
    await popup.click('section > button');
    await popup.waitFor('.code');
    const code = await popup.run(() => document.querySelector('.code')?.textContent ?? '', null);
    await popup.close();
    await approveDevice(`${sandbox.origin}/connetti`, code, { email: 'uno@example.it' });
    await expect.poll(() => sandbox.state.devices[0]?.used).toBe(true);
    const connected = await world.popup();
    await connected.waitFor('#query');
    await connected.screenshot(`${directory}/firefox-popup-en-dark.png`);
    expect(await violationsOn(connected)).toEqual([]);
    await connected.press('Disconnect');
    await connected.press('Yes');

    const again = await world.popup();
    await again.click('details summary');
    await again.click('label:nth-of-type(2) > input[name=purpose]');
    await again.waitFor('#token');
    const clientId = await again.run(() => document.querySelector('code')?.textContent ?? '', null);
    const { value } = sandbox.state.issueManual('uno@example.it', clientId, ['entity.clients:a']);
    await again.fill('#token', value);
    await again.click('button[type=submit]');
    await again.waitFor('#query');
    const kept = await world.kept();
    expect(kept.local + kept.session).not.toContain(value);
  });

  it('the sidebar keeps what is typed over a stopped background', async () => {
    const world = await openBrowserWorld('Firefox');
    await world.connected();
    const panel = await world.own('sidepanel.html');
    await panel.press('Nuovo cliente');
    await panel.fill('#name', 'Bianchi Restauri S.r.l.');
    await expect.poll(async () => (await world.kept()).local).toContain('written');
    expect((await world.kept()).local).not.toContain('Bianchi Restauri');
    // In the middle of the last keystrokes: what stands in the form is kept all the same.
    await world.endBackground();
    const keptName = async (): Promise<string> => {
      const later = await world.own('sidepanel.html');
      await later.waitFor('#name');
      const name = await later.value('#name');
      await later.close();
      return name;
    };
    await expect.poll(keptName).toBe('Bianchi Restauri S.r.l.');
    const later = await world.own('sidepanel.html');
    await later.waitFor('#name');
    await later.screenshot(`${directory}/firefox-panel-it-light.png`);
    expect(await violationsOn(later)).toEqual([]);
  });

  it('F12: in permanent private browsing, which has no IndexedDB, everything works until the browser is closed', async () => {
    const world = await openBrowserWorld('Firefox', { privateBrowsing: 'permanent' });
    const popup = await world.enrolled();
    const hasDatabase = await popup.run(
      () =>
        new Promise((resolve) => {
          const request = indexedDB.open('try');
          request.addEventListener('success', () => resolve(true));
          request.addEventListener('error', () => resolve(false));
        }),
      null,
    );
    expect(hasDatabase).toBe(false);
    await world.logIn(popup);
    await popup.waitFor('#query');
    await world.endBackground();
    await popup.fill('#query', 'zzzz');
    await popup.pressKey('Enter');
    await popup.waitForText('Nessun cliente');
  });

  it('an organisation sets relay, services and sites by Firefox’s own policy: the code is enough to join, nothing else can be switched on, and a setting that cannot be read closes', async ({
    skip,
  }) => {
    const obstacle = policyObstacle();
    skip(obstacle !== null, obstacle ?? '');
    const policies = createPolicies();
    const world = await openBrowserWorld('Firefox', { locale: 'en' }, ({ stack, shopOrigin }) => {
      // Firefox hands on whatever stands there; Chromium would have left these services out.
      policies.write({ relayOrigin: stack.relayOrigin, providers: 'stora', sites: [shopOrigin] });
      return { executablePath: policies.launcher(findFirefox() ?? '') };
    });
    const { relayOrigin } = world.stack;
    const popup = await world.popup();
    await popup.waitFor('#relay[readonly]');
    expect(await popup.value('#relay')).toBe(relayOrigin);
    const invite = await world.stack.invite('Mario Rossi');
    await popup.fill('#invite', invite.replace(relayOrigin, 'https://relay.altrove.example'));
    await popup.click('button[type=submit]');
    await popup.waitFor('[data-code=invite-for-other-relay]');
    await popup.fill('#invite', invite.slice(invite.indexOf('#') + 1));
    await popup.click('button[type=submit]');
    await popup.waitForText('list of services that your organisation has set cannot be read');
    await popup.screenshot(`${directory}/firefox-managed-en-light.png`);
    expect(await violationsOn(popup)).toEqual([]);
    expect(await send(popup, 'device.start', { providerId: 'fatture-in-cloud' })).toEqual({
      ok: false,
      failure: { code: 'policy-unreadable' },
    });
    expect(await send(popup, 'site.enable', { origin: 'https://negozio.example.it' })).toEqual({
      ok: false,
      failure: { code: 'blocked-by-organisation' },
    });

    const options = await world.own('options.html');
    await options.waitForText('Allowed by your organisation');
    expect(await violationsOn(options)).toEqual([]);
    await options.press('Use on this site');
    await options.waitForText('Pause');
    await world.shopPage();
  });

  it('in a container tab, which has cookies of its own, the card works as anywhere', async () => {
    const world = await openBrowserWorld('Firefox');
    await world.connected();
    await world.enableShop();
    const card = await world.cardOn(await world.visitContained(`${world.shopOrigin}/ordini/1042`));
    await card.waitForChip();
    await card.press('Staffetta');
    await card.waitFor('Crea il cliente');
  });
});
