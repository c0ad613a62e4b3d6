import { mkdtemp, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { heavyPages, measurePage, measurePopup, measureSizes } from '../bench/footprint.ts';
import { startShop } from '../test/sites/shop.ts';
import { build } from './build.ts';
import { launchExtension } from './chromium.ts';
import { startStack } from './stack.ts';
import { enableSite, enrol } from './story.ts';

// What the extension costs a page, as differences to the same page without it. Ends with one line; not 0 where a goal is missed.
// `--beside FOLDER`, as often as wanted: the same of another unpacked extension that works on every page, for comparison.
const { values: given } = parseArgs({ options: { beside: { type: 'string', multiple: true, default: [] } } });
await build({ mode: 'sandbox', browsers: ['chrome'] });
const runs = 7;
const shop = await startShop({ pages: { '/rows': heavyPages.rows, '/nodes': heavyPages.nodes } });
const dataDir = await mkdtemp(join(tmpdir(), 'staffetta-footprint-'));
const stack = await startStack({ dataDir, withStora: false });
const browser = await launchExtension({ headless: true });
const round = (value: number): number => Math.round(value * 10) / 10;
try {
  const sizes = measureSizes();
  await enrol(await browser.openPopup(), await stack.invite('Mario Rossi'));
  const popupMs = await measurePopup(browser, runs);
  const rows = [];
  for (const name of ['rows', 'nodes'] as const) {
    const off = await measurePage(browser, `${shop.origin}/${name}`, runs);
    const popup = await enableSite(browser, shop.origin);
    const on = await measurePage(browser, `${shop.origin}/${name}`, runs);
    rows.push({ page: name, off, on });
    // A measurement of nothing is none.
    if (!(on.scriptMs > 0)) throw new Error(`nothing of ours was seen on ${name}`);
    await popup.locator('.site button').first().click();
    await popup.locator('.site button', { hasText: /Usa|Use/ }).waitFor();
  }
  const others = [];
  for (const directory of given.beside) {
    const other = await launchExtension({ headless: true, directory });
    try {
      for (const page of ['rows', 'nodes'] as const) {
        const { scriptMs, longestMs } = await measurePage(other, `${shop.origin}/${page}`, runs);
        const own = rows.find((row) => row.page === page)?.on;
        others.push({
          extension: basename(directory),
          page,
          'script ms': round(scriptMs),
          'times ours': round(scriptMs / (own?.scriptMs ?? Number.NaN)),
          'longest task': round(longestMs),
        });
      }
    } finally {
      await other.close();
    }
  }
  if (others.length > 0) console.table(others);
  console.table(
    rows.map(({ page, off, on }) => ({
      page,
      'script ms without': round(off.scriptMs),
      'script ms with': round(on.scriptMs),
      'longest task without': round(off.longestMs),
      'longest task with': round(on.longestMs),
    })),
  );
  const [small, large] = rows;
  const goals = [
    { name: 'content script, KB gzip', value: sizes.contentScript / 1024, goal: 30 },
    { name: 'whole package, KB gzip', value: sizes.wholePackage / 1024, goal: 400 },
    {
      name: 'script at load on 400 rows, ms',
      value: (small?.on.scriptMs ?? 0) - (small?.off.scriptMs ?? 0),
      goal: 3,
    },
    {
      name: 'longest task on 50,000 nodes, ms',
      value: (large?.on.longestMs ?? 0) - (large?.off.longestMs ?? 0),
      goal: 16,
    },
    { name: 'popup interactive, ms', value: popupMs, goal: 100 },
  ];
  const missed = goals.filter(({ value, goal }) => !(value <= goal));
  console.log(
    `${goals.length - missed.length} of ${goals.length} goals met: ${goals.map(({ name, value, goal }) => `${name} ${round(value)} (≤ ${goal})`).join(', ')}`,
  );
  process.exitCode = missed.length === 0 ? 0 : 1;
} finally {
  await browser.close();
  await shop.close();
  await stack.close();
  await rm(dataDir, { recursive: true, force: true });
}
