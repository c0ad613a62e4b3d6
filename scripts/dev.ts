import { watch } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startShop } from '../test/sites/shop.ts';
import { build } from './build.ts';
import { launchExtension } from './chromium.ts';
import { createLifetime, stopAtSignals } from './lifetime.ts';
import { freePort } from './port.ts';
import { startStack } from './stack.ts';
import { enrol } from './story.ts';

// Sandbox, shop, relay and a browser with the extension, each loaded again when its sources change.
const hasDisplay =
  process.platform !== 'linux' || (process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'] ?? '') !== '';
/** Editors save a file in several steps. */
const quietMs = 200;

const lifetime = createLifetime((code) => process.exit(code));
stopAtSignals(lifetime);

const say = (error: unknown): void =>
  console.error(`✗ ${error instanceof Error ? error.message : String(error)}`);

const buildExtension = (): Promise<void> => build({ mode: 'sandbox', browsers: ['chrome'] });

/** Runs `work` after a change in one of `folders`, one run at a time; a change during a run causes one more. */
function onChange(
  folders: readonly string[],
  name: string,
  work: () => Promise<void>,
): { close(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const run = async (): Promise<void> => {
    const startedAt = performance.now();
    await work();
    console.log(`✓ ${name} loaded again (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
  };
  const watchers = folders.map((folder) =>
    watch(folder, { recursive: true }, () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        running = running.then(run).catch(say);
      }, quietMs);
    }),
  );
  return {
    async close() {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
      await running;
    },
  };
}

try {
  const { path: dataDir } = await lifetime.start(async () => {
    const path = await mkdtemp(join(tmpdir(), 'staffetta-dev-'));
    return { path, close: () => rm(path, { recursive: true, force: true }) };
  });
  await lifetime.start(async () => {
    await buildExtension();
    return { close: async () => undefined };
  });
  const shop = await lifetime.start(async () => startShop({ port: await freePort(8791) }));
  const stack = await lifetime.start(() =>
    startStack({ dataDir, relayPort: 8787, sandboxPort: 8790, prefillLogin: true }),
  );
  const browser = await lifetime.start(() =>
    launchExtension({ headless: !hasDisplay, viewport: hasDisplay ? null : { width: 1100, height: 820 } }),
  );
  browser.context.once('close', () => void lifetime.stop(0));
  // A part of its own, so that the end waits for the command that writes into the relay's folder.
  await lifetime.start(async () => {
    const popup = await browser.openPopup();
    await enrol(popup, await stack.invite('Mario Rossi'));
    const page = browser.context.pages()[0] ?? (await browser.context.newPage());
    await page.goto(`${shop.origin}/ordini/1042`);
    await popup.close();
    return { close: async () => undefined };
  });
  await lifetime.start(async () =>
    onChange(['extension', 'shared'], 'extension', async () => {
      await buildExtension();
      await browser.reload();
    }),
  );
  await lifetime.start(async () =>
    onChange(['relay', 'shared'], 'relay', async () => {
      await stack.stopRelay();
      await stack.startRelay();
    }),
  );
  console.log(`Shop ${shop.origin}/ordini/1042, in a browser with the extension that has joined the relay`);
  console.log(`Relay ${stack.relayOrigin} · sandbox ${stack.sandbox.origin} · Stora ${stack.stora.origin}`);
  console.log('A change in extension/, relay/ or shared/ is loaded again; Ctrl-C ends everything.');
} catch (error) {
  if (!lifetime.isStopping()) say(error);
  await lifetime.stop(1);
}
