import { expect, it } from 'vitest';
import { heavyPages, measureSizes } from '../../bench/footprint.ts';
import { cardOn } from '../../scripts/card.ts';
import { enableSite } from '../../scripts/story.ts';
import { openWorld } from './setup.ts';

it('the content script is at most 30 KB, and the whole package at most 400 KB, gzipped', () => {
  const { contentScript, wholePackage } = measureSizes();
  expect(contentScript).toBeLessThanOrEqual(30 * 1024);
  expect(wholePackage).toBeLessThanOrEqual(400 * 1024);
});

it('on a site that was not enabled there is nothing of ours: no script, no element, no message', async () => {
  const { browser, shopOrigin, enrolled } = await openWorld({ pages: { '/rows': heavyPages.rows } });
  await enrolled();
  const page = await browser.context.newPage();
  const session = await browser.context.newCDPSession(page);
  const scripts: string[] = [];
  session.on('Debugger.scriptParsed', ({ url }) => void scripts.push(url));
  await session.send('Debugger.enable');
  await page.goto(`${shopOrigin}/rows`);
  await page.waitForLoadState('networkidle');
  expect(scripts.filter((url) => url.startsWith('chrome-extension:'))).toEqual([]);
  expect(await (await cardOn(page)).hasChip()).toBe(false);

  // The same look finds it where it is: it is not blind.
  await enableSite(browser, shopOrigin);
  await page.bringToFront();
  await page.reload();
  await (await cardOn(page)).waitForChip();
  expect(scripts.some((url) => url.startsWith('chrome-extension:'))).toBe(true);
});
