import { hostOf } from '../facts/walk.ts';

/** Red, green and blue from 0 to 255, and opacity from 0 to 1, of a computed colour; null for one that is written otherwise. */
function channels(color: string): [red: number, green: number, blue: number, opacity: number] | null {
  const parts = /^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/.exec(color);
  if (parts === null) return null;
  const [red = 0, green = 0, blue = 0] = parts.slice(1, 4).map(Number);
  return [red, green, blue, Number(parts[4] ?? 1)];
}

/** Whether a colour is dark, by its luminance (ITU-R BT.601, which is enough to tell two apart). */
const isDarkColor = ([red, green, blue]: readonly number[]): boolean =>
  0.299 * (red ?? 0) + 0.587 * (green ?? 0) + 0.114 * (blue ?? 0) < 128;

/**
 * Whether the page is dark where `element` stands: by the nearest background that is not seen through.
 *
 * A page without any is as light or dark as its own `color-scheme` makes the browser paint it.
 */
export function isDarkAt(element: Element): boolean {
  for (let at: Element | null = element; at !== null; at = at.parentElement ?? hostOf(at)) {
    const found = channels(getComputedStyle(at).backgroundColor);
    if (found !== null && found[3] >= 0.5) return isDarkColor(found);
  }
  const ink = channels(getComputedStyle(element).color);
  // Where nothing is painted behind it, light ink means a dark ground.
  return ink !== null && !isDarkColor(ink);
}
