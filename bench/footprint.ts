import { gzipSync } from 'node:zlib';
import { globSync, readFileSync, statSync } from 'node:fs';
import type { Page } from 'playwright';
import type { ExtensionBrowser } from '../scripts/chromium.ts';

/** Where the build that is measured lies. */
const build = 'dist/chrome-mv3-sandbox';

/** Sizes in bytes: the content script as it is sent over no wire but read from disk, gzipped, and the whole package. */
export function measureSizes(): { contentScript: number; wholePackage: number } {
  const gzipped = (file: string): number => gzipSync(readFileSync(file), { level: 9 }).length;
  const files = globSync(`${build}/**/*`).filter((file) => statSync(file).isFile());
  return {
    contentScript: gzipped(`${build}/content-scripts/site.js`),
    wholePackage: files.reduce((sum, file) => sum + gzipped(file), 0),
  };
}

/** A page of `rows` rows of a table, with a customer on it, or of `nodes` elements without one. */
export const heavyPages = {
  rows: `<!doctype html><html><head><title>Righe</title></head><body><main><p>Cliente: Anna Bianchi</p><p>E-mail: anna@example.it</p><table>${Array.from(
    { length: 400 },
    (_, row) => `<tr><td>${row}</td><td>Articolo ${row}</td><td>${row},00 €</td><td>22%</td></tr>`,
  ).join('')}</table></main></body></html>`,
  nodes: `<!doctype html><html><head><title>Nodi</title></head><body><main>${'<div><span>testo</span></div>'.repeat(25_000)}</main></body></html>`,
} as const;

/** What our script costs a page. */
export interface PageCost {
  /** All of it, from navigation until the page is at rest, in milliseconds. */
  scriptMs: number;
  /** Its longest stretch without a pause, in milliseconds. */
  longestMs: number;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** A pause of the main thread that separates two tasks of ours, in microseconds. */
const gapMicros = 1_000;

/** Samples of the page's main thread every tenth of a millisecond; whatever runs below a function of ours is ours. */
async function costOf(page: Page, url: string): Promise<PageCost> {
  const session = await page.context().newCDPSession(page);
  await page.goto(url);
  await session.send('Profiler.enable');
  await session.send('Profiler.setSamplingInterval', { interval: 100 });
  await session.send('Profiler.start');
  await page.reload();
  await page.waitForLoadState('networkidle');
  // Longer than the content script waits for a page to come to rest.
  await page.waitForTimeout(500);
  const { profile } = await session.send('Profiler.stop');
  await session.detach();
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const ours = new Set<number>();
  const mark = (id: number, isOurs: boolean): void => {
    const node = nodes.get(id);
    if (node === undefined) return;
    const isOwn = isOurs || node.callFrame.url.startsWith('chrome-extension:');
    if (isOwn) ours.add(id);
    for (const child of node.children ?? []) mark(child, isOwn);
  };
  mark(profile.nodes[0]?.id ?? 0, false);
  let scriptMicros = 0;
  let longest = 0;
  let stretch = 0;
  let pause = 0;
  for (const [index, id] of (profile.samples ?? []).entries()) {
    const micros = profile.timeDeltas?.[index + 1] ?? 0;
    if (ours.has(id)) {
      scriptMicros += micros;
      stretch += micros;
      pause = 0;
    } else {
      pause += micros;
      if (pause > gapMicros) stretch = 0;
    }
    longest = Math.max(longest, stretch);
  }
  return { scriptMs: scriptMicros / 1000, longestMs: longest / 1000 };
}

/** The median cost of `runs` visits, each in a tab of its own. */
export async function measurePage(
  { context }: ExtensionBrowser,
  url: string,
  runs: number,
): Promise<PageCost> {
  const costs: PageCost[] = [];
  for (let run = 0; run < runs; run += 1) {
    const page = await context.newPage();
    costs.push(await costOf(page, url));
    await page.goto('about:blank');
  }
  return {
    scriptMs: median(costs.map(({ scriptMs }) => scriptMs)),
    longestMs: median(costs.map(({ longestMs }) => longestMs)),
  };
}

/** Milliseconds from opening the popup until it can be used. */
export async function measurePopup(
  { context, extensionId }: ExtensionBrowser,
  runs: number,
): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const page = await context.newPage();
    await page.goto(`chrome-extension://${extensionId}/popup.html`);
    // Looked for in the page at every frame: what the driver takes to notice is not the popup's.
    const usable = await page.waitForFunction(() =>
      document.querySelector('input, button') === null ? 0 : performance.now(),
    );
    times.push(await usable.jsonValue());
    await page.goto('about:blank');
  }
  return median(times);
}
