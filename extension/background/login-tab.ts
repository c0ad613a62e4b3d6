import { Failure } from '../../shared/failure.ts';
import { browser } from '../browser.ts';

/**
 * Shows a login in a tab, and answers the address of `redirectUrl` that it ends at; the tab is closed then.
 *
 * Only that address is seen: of any other site's tab the browser tells us nothing without its permission.
 *
 * @throws Failure `window-closed` where the member closes the tab
 */
export async function loginInTab(url: string, redirectUrl: string): Promise<string> {
  const { id } = await browser.tabs.create({ url });
  return new Promise((resolve, reject) => {
    const end = (): void => {
      browser.tabs.onUpdated.removeListener(onUpdated);
      browser.tabs.onRemoved.removeListener(onRemoved);
    };
    const onUpdated = (tabId: number, changed: { url?: string | undefined }): void => {
      if (tabId !== id || changed.url?.split('?')[0] !== redirectUrl) return;
      end();
      void browser.tabs.remove(tabId).catch(() => undefined);
      resolve(changed.url);
    };
    const onRemoved = (tabId: number): void => {
      if (tabId !== id) return;
      end();
      reject(new Failure('window-closed'));
    };
    browser.tabs.onUpdated.addListener(onUpdated);
    browser.tabs.onRemoved.addListener(onRemoved);
  });
}
