import '../strict.ts';
import { defineBackground } from 'wxt/utils/define-background';
import { answerPage } from '../background/pages.ts';
import { goOnWithBatch, onBatchAlarm } from '../background/work/batch.ts';
import { watchLogin } from '../background/connect/flows.ts';
import { listenForNotices, onNoticeAlarm, openNoticePlace } from '../background/provider/notices.ts';
import { createMenu, onMenu } from '../background/menu.ts';
import { openSearch } from '../background/work/search.ts';
import { enablePendingSite, holdSites, registerSites, restartInTabs } from '../background/site/sites.ts';
import { answerView } from '../background/views.ts';
import { browser } from '../browser.ts';

export default defineBackground(() => {
  const ownPages = browser.runtime.getURL('/');

  // Who asks decides which router answers; nothing inside the message can.
  browser.runtime.onMessage.addListener((message: unknown, sender, sendResponse) => {
    if (sender.id !== browser.runtime.id || sender.url === undefined) return false;
    const answer = sender.url.startsWith(ownPages)
      ? answerView(message)
      : answerPage(message, {
          tabId: sender.tab?.id,
          tabUrl: sender.tab?.url,
          isPrivate: sender.tab?.incognito ?? false,
          url: sender.url,
        });
    void answer.then(sendResponse);
    return true;
  });

  browser.permissions.onAdded.addListener(() => void Promise.all([enablePendingSite(), registerSites()]));
  browser.permissions.onRemoved.addListener(() => void registerSites());
  browser.runtime.onInstalled.addListener(
    () => void Promise.all([holdSites().then(restartInTabs), createMenu()]),
  );
  browser.contextMenus.onClicked.addListener((pressed, tab) => onMenu(pressed, tab));
  browser.omnibox.onInputEntered.addListener((query) => void openSearch(query));
  browser.runtime.onStartup.addListener(() => void holdSites());
  // Chrome tells of a policy that has changed while it runs; Firefox reads policies at its start alone.
  browser.storage.onChanged.addListener((_, area) => {
    if (area === 'managed') void holdSites();
  });
  browser.alarms.onAlarm.addListener(onNoticeAlarm);
  browser.alarms.onAlarm.addListener(onBatchAlarm);
  // Not there before the member has allowed notifications; the background starts anew often enough afterwards.
  browser.notifications?.onClicked.addListener((id) => void openNoticePlace(id));
  void registerSites();
  watchLogin();
  listenForNotices();
  goOnWithBatch();
});
