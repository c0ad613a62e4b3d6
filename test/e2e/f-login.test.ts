import { expect, it } from 'vitest';
import { connectButton, openBrowserWorld, answerProvider, send, inEachBrowser } from './driver.ts';
import { requestsTo } from './setup.ts';

const notice = (code: string): string => `.notice[data-code="${code}"]`;

inEachBrowser((name) => {
  it('F1: a popup that closes during the login loses nothing: the next one shows the connection', async () => {
    const world = await openBrowserWorld(name);
    const { sandbox } = world.stack;
    const popup = await world.enrolled();
    const window = await world.loginWindow(sandbox.origin, () => popup.click(connectButton));
    await popup.close();
    await answerProvider(window, 'uno@example.it');
    // What is opened while the window is there would be opened in it, and closed with it.
    await expect.poll(() => world.urls().some((url) => url.startsWith(sandbox.origin))).toBe(false);
    await (await world.popup()).waitFor('#query');
  });

  it('F2: a background that ends in the middle of a login leaves nothing “connecting”, whether the window is open or the relay is asking', async () => {
    const world = await openBrowserWorld(name);
    const { sandbox } = world.stack;
    const popup = await world.enrolled();
    const window = await world.loginWindow(sandbox.origin, () => popup.click(connectButton));
    await window.waitFor('input[type=email]');
    await world.endBackground();
    await window.close().catch(() => undefined); // some browsers close it with the background
    const next = await world.popup();
    await next.waitFor(notice('window-closed'));
    expect(requestsTo(world.stack, 'POST', /\/oauth\/token/)).toBe(0);
    // Again, and now it ends while the relay trades the code: the connection is made all the same, and is found.
    let ended: Promise<void> = Promise.resolve();
    const isAsked = new Promise<void>((resolve) => {
      sandbox.faults.next('POST /oauth/token', {
        onArrival: () => {
          ended = world.endBackground();
          resolve();
          return ended;
        },
      });
    });
    await world.logIn(next);
    await isAsked;
    await ended;
    await (await world.popup()).waitFor('#query');
  });

  it('F3, A12: declining, closing the window and a provider’s error page are told apart, and trying again works', async () => {
    const world = await openBrowserWorld(name);
    const { sandbox } = world.stack;
    const popup = await world.enrolled();
    await world.logIn(popup, { decision: 'Rifiuta' });
    await popup.waitFor(notice('declined'));
    const closed = await world.loginWindow(sandbox.origin, () => popup.click(connectButton));
    await closed.waitFor('input[type=email], button[value=approve]');
    await closed.close();
    await popup.toFront();
    await popup.waitFor(notice('window-closed'));
    expect(requestsTo(world.stack, 'POST', /\/oauth\/token/)).toBe(0);
    await world.logIn(popup);
    await popup.waitFor('#query');
  });

  it('F3: a redirect URL registered wrongly never calls back; the member learns who must mend it, or sees the provider’s own page', async () => {
    const world = await openBrowserWorld(name, {
      registeredRedirect: 'http://127.0.0.1:1/callback/fatture-in-cloud/',
    });
    const popup = await world.enrolled();
    if (name === 'Chromium') {
      // The window is gone at once.
      await popup.click(connectButton);
      await popup.waitFor(notice('callback-missing'));
    } else {
      // Firefox leaves the provider's page open until the member closes it.
      const window = await world.loginWindow(world.stack.sandbox.origin, () => popup.click(connectButton));
      await window.close();
      await popup.toFront();
      await popup.waitFor(notice('window-closed'));
    }
  });

  it('F4: one login at a time: a second one, from another popup or for another provider, gets a friendly notice', async () => {
    const world = await openBrowserWorld(name, { withStora: true });
    const { sandbox } = world.stack;
    const popup = await world.enrolled();
    // Before the login: what is opened later would be opened in its window.
    const second = await world.popup();
    await second.waitFor('.permissions');
    await popup.toFront();
    const window = await world.loginWindow(sandbox.origin, () => popup.click(connectButton));
    await window.waitFor('input[type=email]');
    for (const providerId of ['fatture-in-cloud', 'stora']) {
      expect(await send(second, 'connection.start', { providerId })).toEqual({
        ok: false,
        failure: { code: 'flow-in-progress' },
      });
    }
    // The first is not disturbed.
    await answerProvider(window, 'uno@example.it');
    await second.toFront();
    await second.waitFor('#query');
  });

  it('F5: an answer with another state, without a handle, or with a handle of another flow makes no connection', async () => {
    const world = await openBrowserWorld(name);
    const { sandbox } = world.stack;
    const popup = await world.enrolled();
    const target = await popup.run(() => {
      const { browser } = globalThis as unknown as {
        browser: { identity: { getRedirectURL(path: string): string } };
      }; // the page's own global
      return browser.identity.getRedirectURL('connected');
    }, null);
    const code = 'response-mismatch';
    const exchanges = (): string[] => world.stack.log.filter((line) => /\/exchange"/.test(line));
    const bent: Array<[refused: number, bend: (state: string) => Record<string, string>]> = [
      [0, (state) => ({ state: `${state}x`, handle: 'A'.repeat(64) })],
      [0, (state) => ({ state })],
      // This one only the relay can tell.
      [1, (state) => ({ state, handle: 'A'.repeat(64) })],
    ];
    for (const [refused, bend] of bent) {
      const window = await world.loginWindow(sandbox.origin, () => popup.click(connectButton));
      await window.waitFor('input[type=email]');
      const state = await window.run(() => new URL(location.href).searchParams.get('state'), null);
      await window.go(`${target}?${new URLSearchParams(bend(state ?? '')).toString()}`);
      // As the background has it: the popup may yet show how the attempt before has ended.
      await expect
        .poll(() => send(popup, 'state.read', { origin: null }))
        .toMatchObject({ value: { connection: null, flow: { status: 'failed', failure: { code } } } });
      await popup.toFront();
      await popup.waitFor(notice(code));
      await expect.poll(() => exchanges().length).toBe(refused);
      expect(requestsTo(world.stack, 'POST', /\/oauth\/token/)).toBe(0);
    }
  });
});
