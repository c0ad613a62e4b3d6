import { browser } from 'wxt/browser';

/**
 * The one door to the browser's extension API, through `webextension-polyfill` (which `wxt/browser` is an alias of).
 *
 * Tests replace this module; nothing else in the extension imports the API.
 */
export { browser };

/** What only one browser has each; the polyfill does not know Chrome's. */
interface Panels {
  chrome?: { sidePanel?: { open(options: { windowId: number } | { tabId: number }): Promise<void> } };
  browser?: { sidebarAction?: { open(): Promise<void> } };
}

/**
 * Whether the window that one of our own pages stands in is private. The page alone does not know it in Chrome: there one
 * serves ordinary and private windows alike.
 */
export async function isWindowPrivate(): Promise<boolean> {
  // Firefox for Android has no windows.
  const { windows } = browser as { windows?: typeof browser.windows };
  return browser.extension.inIncognitoContext || (await windows?.getCurrent())?.incognito === true;
}

/** `windows.WINDOW_ID_CURRENT`. */
const currentWindow = -2;

/** Opens the side panel beside a tab, for a press in its page; false where the browser does not count that as one. */
export async function openPanelBeside(tabId: number): Promise<boolean> {
  const { chrome, browser: firefox } = globalThis as Panels;
  try {
    if (firefox?.sidebarAction !== undefined) await firefox.sidebarAction.open();
    else if (chrome?.sidePanel !== undefined) await chrome.sidePanel.open({ tabId });
    else return false;
    return true;
  } catch {
    return false;
  }
}

/**
 * Opens the side panel (Chrome) or the sidebar (Firefox); a tab with the same page where the browser has neither.
 *
 * To be called first thing in a click: both browsers want a fresh user gesture.
 */
export async function openPanel(): Promise<void> {
  const { chrome, browser: firefox } = globalThis as Panels;
  try {
    if (firefox?.sidebarAction !== undefined) await firefox.sidebarAction.open();
    else if (chrome?.sidePanel !== undefined) await chrome.sidePanel.open({ windowId: currentWindow });
    else throw new Error('no panel');
  } catch {
    await browser.tabs.create({ url: browser.runtime.getURL('/sidepanel.html') });
  }
}
