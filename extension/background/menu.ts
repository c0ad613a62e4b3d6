import { browser, openPanel } from '../browser.ts';
import { text } from '../text.ts';
import { beginClient } from './forms/entity.ts';
import { beginExpense } from './forms/expense.ts';
import { openSearch } from './work/search.ts';

const ids = { search: 'search', client: 'client', expense: 'expense' } as const;

/** What a press in the menu tells of the page: no more than what the member pressed on. */
interface Pressed {
  menuItemId: string | number;
  selectionText?: string | undefined;
  linkUrl?: string | undefined;
}

/** Puts our entries into the menus of selected text and of links; to be done once, when the extension is installed or updated. */
export async function createMenu(): Promise<void> {
  await browser.contextMenus.removeAll();
  browser.contextMenus.create({ id: ids.search, title: text('menu_search', '%s'), contexts: ['selection'] });
  browser.contextMenus.create({ id: ids.client, title: text('menu_client'), contexts: ['selection'] });
  browser.contextMenus.create({
    id: ids.expense,
    title: text('menu_expense'),
    contexts: ['link'],
    targetUrlPatterns: ['*://*/*.pdf', '*://*/*.pdf?*', '*://*/*.PDF'],
  });
}

/** Looks the selected text up, or begins a client with it, or an expense with the linked PDF, in the side panel. */
export function onMenu(
  { menuItemId, selectionText, linkUrl }: Pressed,
  tab?: { id?: number | undefined; incognito?: boolean },
): void {
  const isPrivate = tab?.incognito ?? false;
  if (menuItemId === ids.search && selectionText !== undefined) void openSearch(selectionText);
  if (menuItemId === ids.client && selectionText !== undefined) {
    void openPanel().catch(() => undefined);
    void selectedIn(tab?.id, selectionText).then((selected) => beginClient(selected, isPrivate));
  }
  if (menuItemId === ids.expense && linkUrl !== undefined) {
    // First, while the press still counts as one.
    void openPanel().catch(() => undefined);
    void beginExpense(linkUrl, isPrivate);
  }
}

/** The selection with its lines, which the menu leaves out; the press in the menu is what lets us read it. */
async function selectedIn(tabId: number | undefined, text: string): Promise<string> {
  try {
    const [frame] = await browser.scripting.executeScript({
      target: { tabId: tabId ?? -1 },
      func: () => getSelection()?.toString() ?? '',
    });
    const found: unknown = frame?.result;
    return typeof found === 'string' && found.trim() !== '' ? found.slice(0, 10_000) : text;
  } catch {
    return text;
  }
}
