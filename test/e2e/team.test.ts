import { mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Page } from 'playwright';
import { popupSize } from '../../scripts/chromium.ts';
import { cardOn } from '../../scripts/card.ts';
import { connect, connectStora, enableSite, enrol } from '../../scripts/story.ts';
import { changeMember, createMember, listMembers } from '../../shared/api/members.ts';
import { changePolicy } from '../../shared/api/policy.ts';
import { Policy } from '../../shared/policy.ts';
import { Installation } from '../relay/installation.ts';
import { dumpStorage, openWorld, registeredSites, violationsOf, type World } from './setup.ts';
import { variants } from '../variants.ts';

const directory = '.staffetta/look';
mkdirSync(directory, { recursive: true });

/** An administrator beside the browser, who speaks to the relay alone. */
async function administrator({ stack }: World) {
  const admin = await Installation.create({
    publicUrl: stack.relayOrigin,
    now: () => Date.now(),
    fetch: (url, init) => fetch(url, init),
  });
  await admin.enrol((await stack.invite('Ada Neri')).split('#')[1] ?? '');
  const [id] = /mem_\S+/.exec(await stack.run('installations')) ?? [];
  await stack.run('members', 'role', id ?? '', 'admin');
  await admin.openSession();
  let basedOn = 0;
  return {
    admin,
    async rule(policy: object): Promise<void> {
      const input = { basedOn, policy: Policy.parse(policy) };
      basedOn = (await admin.call(changePolicy, { input })).version;
    },
    async promote(name: string): Promise<void> {
      const { members } = await admin.call(listMembers);
      const memberId = members.find((member) => member.name === name)?.id;
      if (memberId === undefined) throw new Error('no such member');
      await admin.call(changeMember, { params: { memberId }, input: { role: 'admin' } });
    },
  };
}

const look = (locale: string, colorScheme: string) => async (page: Page, name: string) => {
  await page.screenshot({ path: `${directory}/${name}-${locale}-${colorScheme}.png`, fullPage: true });
  expect(await violationsOf(page), name).toEqual([]);
};

it.each(
  variants([
    ['it', 'light'],
    ['en', 'dark'],
  ] as const),
)(
  'a member joins with a code that was read out, and sees what the administrator has switched off (%s, %s)',
  async (locale, colorScheme) => {
    const world = await openWorld({ locale, colorScheme, withStora: true });
    const shown = look(locale, colorScheme);
    const { admin, rule } = await administrator(world);
    const { invite } = await admin.call(createMember, { input: { name: 'Mario Rossi' } });
    const popup = await world.browser.openPopup();
    await popup.setViewportSize(popupSize);
    await popup.locator('summary').click();
    await popup.locator('#address').fill(world.stack.relayOrigin);
    await popup.locator('#code').fill(invite.code.toLowerCase().replace('-', ' '));
    await shown(popup, 'enrol-code');
    await popup.locator('#code').press('Enter');
    await popup.locator('.permissions').first().waitFor();
    await connect(world.browser, popup, { email: 'uno@example.it' });
    await popup.locator('#query').waitFor();
    await enableSite(world.browser, world.shopOrigin);
    const shop = await world.browser.context.newPage();
    await shop.goto(`${world.shopOrigin}/ordini/1042`);
    await (await cardOn(shop)).waitForChip();
    expect(await popup.evaluate(registeredSites)).toEqual([world.shopOrigin]);
    expect((await dumpStorage(world.browser)).session).toContain('"accessToken":"');

    await rule({
      actions: { 'fic.client.create': {} },
      methods: { 'device-code': {}, 'manual-token': {} },
      sites: { [world.shopOrigin]: {} },
    });
    const again = await world.browser.openPopup(world.shopOrigin);
    await again.setViewportSize(popupSize);
    const reason = locale === 'it' ? 'l’ha disattivato' : 'switched this off';
    await again.locator('.site', { hasText: reason }).waitFor();
    await again.locator('#access-fatture-in-cloud summary').click();
    await shown(again, 'policy');
    const off = again.locator('#access-fatture-in-cloud li', { hasText: reason });
    expect(await off.count()).toBe(1);
    expect(await off.locator('input').isDisabled()).toBe(true);
    // A token that could create clients, which is off, is thrown away.
    expect((await dumpStorage(world.browser)).session).not.toContain('"accessToken":"');
    // What stood in the page is gone, and does not come back with the next page.
    const card = await cardOn(shop);
    await expect.poll(() => card.hasChip()).toBe(false);
    expect(await again.evaluate(registeredSites)).toEqual([]);

    const options = await world.browser.context.newPage();
    await options.goto(`chrome-extension://${world.browser.extensionId}/options.html`);
    await options.locator('li', { hasText: reason }).waitFor();
    await shown(options, 'policy-options');
    await options.close();

    await rule({ providers: { 'fatture-in-cloud': {}, stora: {} } });
    await again.reload();
    await again.locator('.notice[data-code=blocked-by-admin]').first().waitFor();
    await shown(again, 'policy-provider');
  },
);

it.each(
  variants([
    ['it', 'dark'],
    ['en', 'light'],
  ] as const),
)(
  'an administrator gives a connection to the team, or makes one for it, and it is shown as the team’s (%s, %s)',
  async (locale, colorScheme) => {
    const world = await openWorld({ locale, colorScheme });
    const shown = look(locale, colorScheme);
    const { promote } = await administrator(world);
    const popup = await world.browser.openPopup();
    await popup.setViewportSize(popupSize);
    await enrol(popup, await world.stack.invite('Bruno Verdi'));
    await promote('Bruno Verdi');
    await popup.reload();
    const forTeam = popup.locator('label.choice', {
      hasText: locale === 'it' ? 'Per tutto il team' : 'For the whole team',
    });
    await forTeam.waitFor();
    await shown(popup, 'team-connect');
    await connect(world.browser, popup, { email: 'uno@example.it' });
    await popup.locator('#query').waitFor();
    expect((await dumpStorage(world.browser)).session).toContain('"accessToken":"');
    await popup.getByRole('button', { name: locale === 'it' ? 'Passa al team' : 'Give to the team' }).click();
    await shown(popup, 'team-share');
    await popup.locator('.notice button.secondary').click();
    const badge = locale === 'it' ? 'il collegamento del team' : 'the team’s connection';
    await popup.getByText(badge).waitFor();
    await popup.locator('#query').waitFor();
    await shown(popup, 'team-connected');
    // No token is in the browser any more, and the search works all the same.
    expect((await dumpStorage(world.browser)).session).not.toContain('"accessToken":"');
    await popup.locator('#query').fill('zzzz');
    await popup.locator('#query').press('Enter');
    await popup.getByText(locale === 'it' ? 'Nessun cliente' : 'No client matches').waitFor();

    await popup.locator('section > button.quiet').last().click();
    await popup.locator('.notice button.secondary').click();
    await forTeam.locator('input').check();
    await connect(world.browser, popup, { email: 'uno@example.it' });
    await popup.getByText(badge).waitFor();
  },
);

it('with every way to connect switched off one’s own connections rest, and the team’s, which an administrator has made, go on working', async () => {
  const world = await openWorld({ withStora: true });
  const { promote, rule } = await administrator(world);
  const popup = await world.browser.openPopup();
  await enrol(popup, await world.stack.invite('Bruno Verdi'));
  await promote('Bruno Verdi');
  await connect(world.browser, popup, { email: 'uno@example.it' });
  await popup.locator('#query').waitFor();
  await connectStora(world.browser, popup);

  await rule({ methods: { 'authorization-code': {}, 'device-code': {}, 'manual-token': {} } });
  await popup.reload();
  const off = popup.locator('.notice[data-code=blocked-by-admin]');
  await expect.poll(() => off.count()).toBe(2);
  expect(await popup.locator('#query').count()).toBe(0);

  for (const left of [1, 0]) {
    await popup.getByRole('button', { name: 'Passa al team' }).first().click();
    await popup.locator('.notice button.secondary').click();
    await expect.poll(() => off.count()).toBe(left);
  }
  await popup.locator('.other summary', { hasText: 'Box liberi' }).click();
  await popup.getByText('Bologna Nord').waitFor();
  await popup.locator('#query').fill('zzzz');
  await popup.locator('#query').press('Enter');
  await popup.getByText('Nessun').waitFor();
});
