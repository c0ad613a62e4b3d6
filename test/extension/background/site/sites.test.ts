import { beforeEach, expect, it } from 'vitest';
import { browser } from '../browser.ts';
import {
  disableSite,
  enableSite,
  pauseSite,
  registerSites,
  restartInTabs,
} from '../../../../extension/background/site/sites.ts';
import { answerView } from '../../../../extension/background/views.ts';
import { openDecision, type Decision } from '../../../../shared/policy.ts';

const shop = 'https://shop.example';
const crm = 'https://crm.example';

/** What the team's policy was last heard to say. */
const hear = (policy: Partial<Decision>): Promise<void> =>
  browser.storage.session.set({ policy: { ...openDecision, ...policy } });

/** Sites on which the content script is registered, as the browser has them: it refuses what does not fit. */
let registered: string[] = [];

beforeEach(() => {
  registered = [];
  Object.assign(browser.scripting, {
    getRegisteredContentScripts: async () => registered.map((id) => ({ id })),
    async registerContentScripts([{ id }]: [{ id: string }]) {
      if (registered.includes(id)) throw new Error(`Duplicate script ID '${id}'`);
      registered.push(id);
    },
    async unregisterContentScripts({ ids }: { ids: string[] }) {
      for (const id of ids) if (!registered.includes(id)) throw new Error(`Nonexistent script ID '${id}'`);
      registered = registered.filter((id) => !ids.includes(id));
    },
  });
});

const refused = { ok: false, failure: { code: 'blocked-by-admin' } };

it('a site that the team has switched off can neither be switched on nor woken, and is not offered', async () => {
  await browser.storage.local.set({ sites: [shop], 'sites-paused': [shop] });
  await hear({ sitesOff: [shop, crm] });
  for (const message of [
    { name: 'site.enable', input: { origin: crm } },
    { name: 'site.pause', input: { origin: shop, isPaused: false } },
  ]) {
    expect(await answerView(message)).toEqual(refused);
  }
  expect(await browser.storage.local.get(['sites', 'sites-paused'])).toEqual({
    sites: [shop],
    'sites-paused': [shop],
  });
  expect(registered).toEqual([]);

  await browser.storage.managed.set({ sites: [crm, 'https://erp.example'] });
  expect(await answerView({ name: 'sites.read', input: {} })).toMatchObject({
    value: { offered: ['https://erp.example'] },
  });
});

it('the script is registered where the browser lets us, and nowhere else', async () => {
  await browser.storage.local.set({ sites: [shop, crm] });
  await registerSites();
  expect(registered).toEqual([`site:${shop}`, `site:${crm}`]);
  browser.permissions.contains = async ({ origins = [] }) => !origins.some((one) => one.startsWith(crm));
  await registerSites();
  expect(registered).toEqual([`site:${shop}`]);
});

it('a run that was slow does not bring back a site that was switched off meanwhile', async () => {
  await browser.storage.local.set({ sites: [shop] });
  const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const register = browser.scripting.registerContentScripts;
  browser.scripting.registerContentScripts = async (scripts) => {
    asked.resolve();
    await answered.promise;
    await register(scripts);
  };
  const slow = registerSites();
  await asked.promise;
  await browser.storage.local.set({ sites: [] });
  const next = registerSites();
  // All that can be done before the browser has answered is done with this turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  answered.resolve();
  await Promise.all([slow, next]);
  expect(registered).toEqual([]);
});

/** What was done in the shop's two tabs, by tab; `run` does it. */
function openTwoTabs(run: (tabId: number) => Promise<void>): Record<number, string[]> {
  const done: Record<number, string[]> = { 1: [], 2: [] };
  Object.assign(browser.tabs, { query: async () => [1, 2].map((id) => ({ id, url: `${shop}/${id}` })) });
  Object.assign(browser.scripting, {
    executeScript: ({ target, files }: { target: { tabId: number }; files?: string[] }) => {
      done[target.tabId]?.push(files === undefined ? 'stop' : 'start');
      return run(target.tabId);
    },
  });
  return done;
}

it.each([
  ['shows an error page', () => Promise.reject(new Error('Frame with ID 0 is showing error page'))],
  ['never answers', () => new Promise<never>(() => {})],
])(
  'a tab that %s keeps no other from following, and no permission from being given back',
  async (_, answer) => {
    const done = openTwoTabs(async (tabId) => {
      if (tabId === 1) await answer();
    });
    let given: string[] = [];
    Object.assign(browser.permissions, {
      remove: async ({ origins }: { origins: string[] }) => (given = origins),
    });
    await enableSite(shop);
    await restartInTabs();
    await disableSite(shop);
    expect(done[2]).toEqual(['start', 'start', 'stop']);
    expect(given).toEqual([`${shop}/*`]);
  },
);

it('of a pause and its end at once the tabs follow the later one', async () => {
  await browser.storage.local.set({ sites: [shop] });
  const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let isFirst = true;
  const done = openTwoTabs(async () => {
    if (!isFirst) return;
    isFirst = false;
    asked.resolve();
    await answered.promise;
  });
  const paused = pauseSite(shop, true);
  await asked.promise;
  await pauseSite(shop, false);
  answered.resolve();
  await paused;
  expect([done[1]?.at(-1), done[2]?.at(-1)]).toEqual(['start', 'start']);
});
