import { expect, it } from 'vitest';
import type { Page } from 'playwright';
import { connect } from '../../scripts/story.ts';
import { listConnections } from '../../shared/api/connections.ts';
import { Installation } from '../relay/installation.ts';
import { dumpStorage, openWorld, requestsTo } from './setup.ts';

const notice = (popup: Page, code: string) => popup.locator(`.notice[data-code="${code}"]`).first();

it('a wrong client secret is the admin’s to mend: it is never “log in again”', async () => {
  const world = await openWorld({
    environment: { STAFFETTA_FATTURE_IN_CLOUD_CLIENT_SECRET: 'not-the-secret' },
  });
  const popup = await world.enrolled();
  await connect(world.browser, popup, { email: 'uno@example.it' });
  await notice(popup, 'provider-misconfigured').waitFor();
  expect(await notice(popup, 'provider-misconfigured').locator('button').count()).toBe(0);
  await expect.poll(() => world.stack.log.join('\n')).toContain('check client id, secret and redirect URL');
});

it('C7: a provider that is down during the exchange is named, and connecting works when it is back', async () => {
  const world = await openWorld();
  const popup = await world.enrolled();
  world.stack.sandbox.faults.next('POST /oauth/token', { status: 503 });
  await connect(world.browser, popup, { email: 'uno@example.it' });
  await notice(popup, 'provider-down').waitFor();
  await connect(world.browser, popup, { email: 'uno@example.it' });
  await popup.locator('#query').waitFor();
});

it('a quota and a missing permission are each told apart in the search', async () => {
  const world = await openWorld();
  const popup = await world.connected();
  const [company] = world.stack.sandbox.state.companies.map(({ id }) => id).slice(-1);
  expect(company).toBeDefined();
  const search = async (): Promise<void> => {
    await popup.locator('#query').fill('Aurora');
    await popup.locator('form[role=search] button').first().click();
  };
  const path = /\/c\/\d+\/entities\/clients$/;
  await search();
  await expect.poll(() => requestsTo(world.stack, 'GET', path)).toBe(1);
  const used = world.stack.sandbox.exchanges.find((exchange) => path.test(exchange.path))?.path ?? '';
  world.stack.sandbox.faults.next(`GET ${used}`, {
    status: 403,
    body: { error: { message: 'x', code: 'NO_PERMISSION' } },
  });
  await search();
  await notice(popup, 'missing-permission').waitFor();
  world.stack.sandbox.faults.next(`GET ${used}`, {
    status: 403,
    headers: { 'Retry-After': '120' },
    body: { error: { message: 'x' } },
  });
  await search();
  await notice(popup, 'quota').waitFor();
  expect(await notice(popup, 'quota').textContent()).toContain('120');
  // Until then nobody is asked again.
  const asked = requestsTo(world.stack, 'GET', path);
  await popup.locator('form[role=search] button').first().click();
  await popup.getByText(/11\d|120/).waitFor();
  expect(requestsTo(world.stack, 'GET', path)).toBe(asked);
});

it('a permission taken back at the provider is named; declining to reconnect does not hide what is there', async () => {
  const world = await openWorld();
  const popup = await world.connected();
  world.stack.sandbox.state.revokeConnection('uno@example.it', 'staffetta-sandbox');
  await popup.locator('#query').fill('Aurora');
  await popup.locator('form[role=search] button').first().click();
  await notice(popup, 'company-not-granted').waitFor();
  const opening = world.browser.context.waitForEvent('page');
  await notice(popup, 'company-not-granted').locator('button').click();
  await (await opening).getByRole('button', { name: 'Rifiuta' }).click();
  await notice(popup, 'declined').waitFor();
  await popup.locator('#query').waitFor();
  await notice(popup, 'declined').locator('button.quiet').click();
  await notice(popup, 'declined').waitFor({ state: 'detached' });
});

it('B13: a stolen session that was tried elsewhere is told to its owner in the popup, once', async () => {
  const world = await openWorld();
  const popup = await world.connected();
  const { session } = await dumpStorage(world.browser);
  const thief = await Installation.create({
    publicUrl: world.stack.relayOrigin,
    now: Date.now,
    fetch: (url, init) => fetch(url, init),
  });
  await thief.enrol((await world.stack.invite('Anna Bianchi')).split('#')[1] ?? '');
  thief.sessionToken = /"(ses_[\w-]{43})"/.exec(session)?.[1] ?? '';
  expect(await thief.refusal(listConnections)).toMatchObject({ code: 'proof-invalid' });
  // The next session brings the news.
  await world.browser.context.serviceWorkers()[0]?.evaluate(async () => {
    const { storage } = (
      globalThis as unknown as { chrome: { storage: { session: { remove(name: string): Promise<void> } } } }
    ).chrome;
    await storage.session.remove('session');
  });
  await popup.reload();
  await notice(popup, 'session-misused').waitFor();
  await popup.locator('#query').waitFor();
  await notice(popup, 'session-misused').locator('button.quiet').click();
  await notice(popup, 'session-misused').waitFor({ state: 'detached' });
});
