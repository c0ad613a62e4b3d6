import { readFile } from 'node:fs/promises';
import type { BrowserContext, Page } from 'playwright';
import { popupSize } from './chromium.ts';

/** Size of a store's screenshot: what the Chrome Web Store asks for and Mozilla recommends. */
export const pictureSize = { width: 1280, height: 800 };

/** Size of the Chrome Web Store's small promotional tile. */
const tileSize = { width: 440, height: 280 };

/** Most height that Chrome gives a toolbar popup. */
const popupHeightMax = 600;

const dataUrl = (type: string, bytes: Buffer): string => `data:${type};base64,${bytes.toString('base64')}`;

/** Draws HTML and answers it as PNG; nothing of it comes from a network. */
async function draw(context: BrowserContext, size: typeof pictureSize, html: string): Promise<Buffer> {
  const page = await context.newPage();
  await page.setViewportSize(size);
  await page.setContent(html);
  await page.evaluate(() => Promise.all([...document.images].map((image) => image.decode())));
  const picture = await page.screenshot();
  await page.close();
  return picture;
}

/** A popup as high as what it holds, as the browser shows it, from where it is scrolled to. */
async function photographPopup(popup: Page): Promise<Buffer> {
  await popup.setViewportSize(popupSize);
  const content = await popup.evaluate(() => Math.ceil(document.body.getBoundingClientRect().height));
  await popup.setViewportSize({ width: popupSize.width, height: Math.min(content, popupHeightMax) });
  return popup.screenshot();
}

/** What a person sees: the popup over the right upper corner of a page. The pixels of both are the browser's own. */
export async function popupOver(context: BrowserContext, page: Page, popup: Page): Promise<Buffer> {
  await page.setViewportSize(pictureSize);
  const [below, above] = [await page.screenshot(), await photographPopup(popup)];
  return draw(
    context,
    pictureSize,
    `<body style="margin: 0; overflow: hidden">
      <img src="${dataUrl('image/png', below)}" style="position: absolute">
      <img src="${dataUrl('image/png', above)}"
        style="position: absolute; top: 12px; right: 48px; border-radius: 10px; box-shadow: 0 8px 32px rgb(0 0 0 / 40%)">`,
  );
}

/** The small tile: our icon, our name and `line` below it. */
export async function drawTile(context: BrowserContext, name: string, line: string): Promise<Buffer> {
  const icon = dataUrl('image/svg+xml', await readFile('extension/icon.svg'));
  return draw(
    context,
    tileSize,
    `<body style="margin: 0; height: 280px; background: #f4f1e8; color: #14352a; font: 16px/1.4 system-ui, sans-serif;
      display: grid; place-content: center; justify-items: center; text-align: center; gap: 12px">
      <img src="${icon}" width="96" height="96">
      <div style="font-size: 34px; font-weight: 700">${name}</div>
      <div style="width: 360px; text-wrap: balance">${line}</div>`,
  );
}
