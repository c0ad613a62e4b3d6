import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { build as bundle } from 'vite';
import { zip } from 'wxt';
import { toolArgs } from './tool.ts';

const run = promisify(execFile);

/** `production` for stores; `sandbox` may also reach loopback, for the demo and the tests. */
type Mode = 'production' | 'sandbox';

interface BuildOptions {
  mode: Mode;
  browsers: ReadonlyArray<'chrome' | 'firefox'>;
}

/** Builds the extension for each browser into `dist/<browser>-mv3` (`-sandbox` appended in that mode). */
export async function build({ mode, browsers }: BuildOptions): Promise<void> {
  // WXT's command in a process of its own: its spinner would stand in the middle of our lines.
  for (const browser of browsers)
    await run(process.execPath, toolArgs('wxt', 'build', '--browser', browser, '--mode', mode));
}

/** Bundles the relay into one file that plain Node runs: `relay.js` in `folder`. */
export async function bundleRelay(folder = 'dist/relay'): Promise<void> {
  await bundle({
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: 'relay/main.ts',
      outDir: folder,
      target: 'node24',
      minify: false,
      emptyOutDir: true,
      // What is loaded late (traces, backup, PostgreSQL) stands in the same file, and still runs only when it is asked for.
      rolldownOptions: { output: { entryFileNames: 'relay.js', codeSplitting: false } },
    },
  });
}

if (import.meta.main && process.argv.includes('--relay')) {
  await bundleRelay();
  console.log('dist/relay/relay.js');
} else if (import.meta.main) {
  rmSync('dist', { recursive: true, force: true });
  if (process.argv.includes('--zip')) {
    for (const browser of ['chrome', 'firefox'] as const) {
      for (const file of await zip({ browser, mode: 'production' })) console.log(file);
    }
  } else {
    await build({ mode: 'production', browsers: ['chrome', 'firefox'] });
    await bundleRelay();
    console.log('dist/chrome-mv3, dist/firefox-mv3, dist/relay/relay.js');
  }
}
