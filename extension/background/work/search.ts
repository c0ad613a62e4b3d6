import { z } from 'zod';
import { browser } from '../../browser.ts';
import { slot } from '../../storage.ts';

/** What was looked for last, in memory: a popup that closes in between goes on where it was. */
const last = slot('session', 'search', z.object({ query: z.string(), isWaiting: z.boolean() }));

/** Longest text that is looked for, in characters. */
const lengthMax = 200;

/** What was looked for last, and whether it still waits to be: that is told once. */
export async function readSearch(): Promise<{ query: string; isWaiting: boolean }> {
  const known = (await last.read()) ?? { query: '', isWaiting: false };
  if (known.isWaiting) await last.write({ ...known, isWaiting: false });
  return known;
}

/** Notes what is looked for. */
export const noteSearch = (query: string, isWaiting = false): Promise<void> =>
  last.write({ query: query.slice(0, lengthMax), isWaiting });

/** Opens the popup with a search; in a tab where the browser opens none by itself. */
export async function openSearch(query: string): Promise<void> {
  await noteSearch(query.replace(/\s+/g, ' ').trim(), true);
  await browser.action
    .openPopup()
    .catch(() => browser.tabs.create({ url: browser.runtime.getURL('/popup.html') }));
}
