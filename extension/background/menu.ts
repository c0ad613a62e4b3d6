import { browser, openPanel } from '../browser.ts';
import { text } from '../text.ts';
import { beginExpense } from './forms/expense.ts';
import { openSearch } from './search.ts';

const ids = { search: 'search', expense: 'expense' } as const;

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
  browser.contextMenus.create({
    id: ids.expense,
    title: text('menu_expense'),
    contexts: ['link'],
    targetUrlPatterns: ['*://*/*.pdf', '*://*/*.pdf?*', '*://*/*.PDF'],
  });
}

/** Looks the selected text up, or begins an expense with the linked PDF in the side panel. */
export function onMenu({ menuItemId, selectionText, linkUrl }: Pressed): void {
  if (menuItemId === ids.search && selectionText !== undefined) void openSearch(selectionText);
  if (menuItemId === ids.expense && linkUrl !== undefined) {
    // First, while the press still counts as one.
    void openPanel().catch(() => undefined);
    void beginExpense(linkUrl);
  }
}
