import { createServer } from 'node:http';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { openBrowserWorld, inEachBrowser } from './driver.ts';
import { requestsTo } from './setup.ts';

const notice = (code: string): string => `.notice[data-code="${code}"]`;

/** Code that a relay runs before its own. */
const before = (code: string): Record<string, string> => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}`,
});

/** Code that runs `bend` before the head of each answer is written. */
const bendAnswers = (bend: string): string =>
  `const { writeHead } = http.ServerResponse.prototype; http.ServerResponse.prototype.writeHead = function (status, ...rest) { ${bend} return writeHead.call(this, status, ...rest); };`;

/** A network that wants a login first: it answers everything with its own page, and success. */
async function startPortal(port: number): Promise<{ asked: string[]; close(): Promise<void> }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<!doctype html><title>Wi-Fi</title><form>Accetta le condizioni</form>');
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  onTestFinished(close);
  return { asked, close };
}

inEachBrowser((name) => {
  it('F14: no network, a relay that is down and a network that answers with its own page are named, and nothing is lost', async () => {
    const world = await openBrowserWorld(name);
    await world.connected();
    const { stack } = world;
    await stack.stopRelay();
    await (await world.popup()).waitFor(notice('relay-down'));
    const portal = await startPortal(Number(new URL(stack.relayOrigin).port));
    // A new one: in the other the notice stands already.
    const popup = await world.popup();
    await popup.waitFor(notice('relay-down'));
    expect(portal.asked).toContain('/v1/connections');
    await portal.close();
    await stack.startRelay();
    await popup.click(`${notice('relay-down')} button`);
    await popup.waitFor('#query');

    // Loopback is there without a network, too; so the relay goes with it.
    await world.setOffline(true);
    await stack.stopRelay();
    const offline = await world.popup();
    await offline.waitFor(notice('offline'));
    await world.setOffline(false);
    await stack.startRelay();
    await offline.click(`${notice('offline')} button`);
    await offline.waitFor('#query');
    await offline.fill('#query', 'Bar');
    await offline.pressKey('Enter');
    await expect.poll(() => requestsTo(stack, 'GET', /\/entities\/clients$/)).toBeGreaterThan(0);
  });

  it('F14: a computer whose clock is a day wrong works all the same', async () => {
    const world = await openBrowserWorld(name, {
      // The relay's is the wrong one here, in what it says of the time, too: neither side can tell whose it is.
      environment: before(
        `import http from 'node:http'; const own = Date.now; Date.now = () => own() + 86_400_000; ${bendAnswers("this.setHeader('date', new Date(Date.now()).toUTCString());")}`,
      ),
    });
    const popup = await world.enrolled();
    await popup.waitFor('.permissions');
    expect(await popup.has('.notice')).toBe(false);
  });

  it.each([
    ['0 0', 'relay-outdated'],
    ['9 9', 'extension-outdated'],
  ])(
    'F13: a relay that says %j of its contract is %s, and the member learns what to update',
    async (words, code) => {
      const world = await openBrowserWorld(name, {
        environment: before(
          `import http from 'node:http'; ${bendAnswers(`const headers = rest.at(-1); if (headers && typeof headers === 'object') for (const name of Object.keys(headers)) if (name.toLowerCase() === 'staffetta-contract') headers[name] = '${words}';`)}`,
        ),
      });
      const popup = await world.popup();
      await popup.fill('#invite', await world.stack.invite('Mario Rossi'));
      await popup.click('button[type=submit]');
      await popup.waitFor(notice(code));
    },
  );
});
