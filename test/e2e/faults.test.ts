import { expect, it } from 'vitest';
import type { Page } from 'playwright';
import { connect, enableSite } from '../../scripts/story.ts';
import { listConnections } from '../../shared/api/connections.ts';
import { Installation } from '../relay/installation.ts';
import { dumpStorage, openWorld, requestsTo } from './setup.ts';

const notice = (popup: Page, code: string) => popup.locator(`.notice[data-code="${code}"]`).first();

const start = (popup: Page) => popup.locator('section button:not(.secondary)').first();

it('A12: a person who declines is told so, nothing is stored, and trying again works', async () => {
  const world = await openWorld();
  const popup = await world.enrolled();
  await connect(world.browser, popup, { email: 'uno@example.it', decision: 'Rifiuta' });
  await notice(popup, 'declined').waitFor();
  expect(requestsTo(world.stack, 'POST', /\/oauth\/token/)).toBe(0);
  await connect(world.browser, popup, { email: 'uno@example.it' });
  await popup.locator('#query').waitFor();
});

it('F1: a popup that closes during the login loses nothing: the next one shows the connection', async () => {
  const world = await openWorld();
  const popup = await world.enrolled();
  await connect(world.browser, popup, { email: 'uno@example.it', onConsent: () => popup.close() });
  const next = await world.browser.openPopup();
  await next.locator('#query').waitFor();
});

it('F3: a closed login window is told from an error, and trying again works', async () => {
  const world = await openWorld();
  const popup = await world.enrolled();
  const opening = world.browser.context.waitForEvent('page');
  await start(popup).click();
  const window = await opening;
  await window.locator('input[type=email]').waitFor();
  await window.close();
  await notice(popup, 'window-closed').waitFor();
  await connect(world.browser, popup, { email: 'uno@example.it' });
  await popup.locator('#query').waitFor();
});

it('F3: a redirect URL registered wrongly never calls back; the member learns that the relay’s admin must mend it', async () => {
  const world = await openWorld({ registeredRedirect: 'http://127.0.0.1:1/callback/fatture-in-cloud/' });
  const popup = await world.enrolled();
  await start(popup).click();
  await notice(popup, 'callback-missing').waitFor();
});

it('F4: one login at a time: a second one, from another popup, gets a friendly notice', async () => {
  const world = await openWorld();
  const popup = await world.enrolled();
  const second = await world.browser.openPopup();
  await second.locator('.permissions').waitFor();
  const opening = world.browser.context.waitForEvent('page');
  await start(popup).click();
  await (await opening).locator('input[type=email]').waitFor();
  const answer = await second.evaluate(() =>
    (
      globalThis as unknown as { chrome: { runtime: { sendMessage(message: unknown): Promise<unknown> } } }
    ).chrome.runtime.sendMessage({ name: 'connection.start', input: { providerId: 'fatture-in-cloud' } }),
  );
  expect(answer).toEqual({ ok: false, failure: { code: 'flow-in-progress' } });
});

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

it('F14: a relay that is down is named; nothing is lost when it is back on the same database', async () => {
  const world = await openWorld();
  await world.connected();
  await world.stack.stopRelay();
  const during = await world.browser.openPopup();
  await notice(during, 'relay-down').waitFor();
  await world.stack.startRelay();
  await notice(during, 'relay-down').locator('button').click();
  await during.locator('#query').waitFor();
});

it('an invite used twice is refused with the way out', async () => {
  const world = await openWorld();
  const link = await world.stack.invite('Anna Bianchi');
  const popup = await world.browser.openPopup();
  await popup.locator('#invite').fill(link);
  await popup.locator('button[type=submit]').click();
  await popup.locator('.permissions').waitFor();
  const answer = await popup.evaluate(
    (invite) =>
      (
        globalThis as unknown as { chrome: { runtime: { sendMessage(message: unknown): Promise<unknown> } } }
      ).chrome.runtime.sendMessage({ name: 'installation.enrol', input: { link: invite } }),
    link,
  );
  expect(answer).toMatchObject({ ok: false, failure: { code: 'invite-invalid' } });
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

it('F6: a content script that asks for anything but its three messages is refused and counted', async () => {
  const world = await openWorld();
  await world.connected();
  await enableSite(world.browser, world.shopOrigin);
  const shop = await world.browser.context.newPage();
  await shop.goto(`${world.shopOrigin}/ordini/1042`);
  const [worker] = world.browser.context.serviceWorkers();
  const answers = await worker?.evaluate(async (origin) => {
    const { chrome } = globalThis as unknown as {
      chrome: {
        tabs: { query(filter: object): Promise<Array<{ id: number; url?: string }>> };
        scripting: { executeScript(script: object): Promise<Array<{ result: unknown }>> };
      };
    };
    const tab = (await chrome.tabs.query({})).find(({ url }) => url?.startsWith(origin));
    const [run] = await chrome.scripting.executeScript({
      target: { tabId: tab?.id },
      func: async () => {
        const { runtime } = (
          globalThis as unknown as {
            chrome: { runtime: { sendMessage(message: unknown): Promise<unknown> } };
          }
        ).chrome;
        const messages = [
          { name: 'state.read', input: { origin: null } },
          { name: 'connection.start', input: { providerId: 'fatture-in-cloud' } },
          { name: 'client.find', input: { query: 'Aurora' } },
          { name: 'grant.read', input: {} },
          { name: 'constructor', input: {} },
          { name: 'state.read', input: { origin: null }, sender: { url: 'chrome-extension://x/popup.html' } },
          { name: 'draft.confirm', input: { draftId: 'A'.repeat(22), tabId: 1 } },
          'token please',
        ];
        return Promise.all(messages.map((message) => runtime.sendMessage(message)));
      },
    });
    return run?.result;
  }, world.shopOrigin);
  expect(answers).toHaveLength(8);
  for (const answer of answers as unknown[]) {
    expect(answer).toMatchObject({
      ok: false,
      failure: { code: expect.stringMatching(/not-allowed|request-invalid/) },
    });
  }
  const count = await worker?.evaluate(async () => {
    const { storage } = (
      globalThis as unknown as {
        chrome: { storage: { session: { get(name: string): Promise<Record<string, number>> } } };
      }
    ).chrome;
    return (await storage.session.get('page-refusals'))['page-refusals'];
  });
  expect(count).toBeGreaterThan(0);
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

it('F13: a relay that is too old, or too new, for this extension is named as such, with what has to be updated', async () => {
  // The relay itself, but for what it says of its contract.
  const saying = (words: string): Record<string, string> => ({
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
      `import http from 'node:http'; const { writeHead } = http.ServerResponse.prototype; http.ServerResponse.prototype.writeHead = function (status, ...rest) { const headers = rest.at(-1); if (headers && typeof headers === 'object') for (const name of Object.keys(headers)) if (name.toLowerCase() === 'staffetta-contract') headers[name] = '${words}'; return writeHead.call(this, status, ...rest); };`,
    )}`,
  });
  for (const [words, code] of [
    ['0 0', 'relay-outdated'],
    ['9 9', 'extension-outdated'],
  ] as const) {
    const world = await openWorld({ environment: saying(words) });
    const popup = await world.browser.openPopup();
    await popup.locator('#invite').fill(await world.stack.invite('Mario Rossi'));
    await popup.locator('button[type=submit]').click();
    await notice(popup, code).waitFor();
  }
});
