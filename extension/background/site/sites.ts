import { z } from 'zod';
import { Failure } from '../../../shared/failure.ts';
import { isSiteAllowed } from '../../../shared/view/managed.ts';
import { browser } from '../../browser.ts';
import { pendingSiteName, permissionOf } from '../../permission.ts';
import { slot } from '../../storage.ts';
import { createTurns } from '../../queue.ts';
import { readManaged, requireSite } from '../wire/managed.ts';
import { isSiteOff, onPolicyChange } from '../provider/team.ts';

/** Origins on which the member switched in-page actions on. */
const sites = slot('local', 'sites', z.array(z.string()));

/** Of these, the ones that rest: nothing runs there, and the permission stays. */
const paused = slot('local', 'sites-paused', z.array(z.string()));

/** The site whose permission the popup has just asked for: the browser's question may have closed the popup. */
const pendingSite = slot('session', pendingSiteName, z.string());

const scriptFile = '/content-scripts/site.js';

const without = (origins: readonly string[] | null, origin: string): string[] =>
  (origins ?? []).filter((one) => one !== origin);

const idOf = (origin: string): string => `site:${origin}`;

/** Of the sites that the member has switched on, the ones that the organisation allows. */
async function ownSites(): Promise<string[]> {
  const managed = await readManaged();
  return ((await sites.read()) ?? []).filter((origin) => isSiteAllowed(managed, origin));
}

const mayRead = (origin: string): Promise<boolean> =>
  browser.permissions.contains({ origins: [permissionOf(origin)] });

/** Sites on which the content script is to run: in-page actions are on, and the browser still lets us. */
async function wantedSites(): Promise<string[]> {
  const resting = (await paused.read()) ?? [];
  const awake = (await ownSites()).filter((origin) => !resting.includes(origin));
  const wanted = await Promise.all(
    awake.map(async (origin) => !(await isSiteOff(origin)) && (await mayRead(origin))),
  );
  return awake.filter((_, index) => wanted[index]);
}

/** Every site that the member has switched on, and whether the browser still lets us. */
export async function listOwnSites(): Promise<
  Array<{ origin: string; isPaused: boolean; isAllowed: boolean; isBlocked: boolean }>
> {
  const resting = (await paused.read()) ?? [];
  return Promise.all(
    (await ownSites()).map(async (origin) => ({
      origin,
      isPaused: resting.includes(origin),
      isBlocked: await isSiteOff(origin),
      isAllowed: await mayRead(origin),
    })),
  );
}

/**
 * Refuses a site that the organisation or the team has switched off.
 *
 * @throws Failure `blocked-by-admin` · as `requireSite`
 */
async function requireWorkOn(origin: string): Promise<void> {
  await requireSite(origin);
  if (await isSiteOff(origin)) throw new Failure('blocked-by-admin');
}

/**
 * Lets a site rest, or work again; tabs that are open follow.
 *
 * @throws Failure as `requireWorkOn`, where it is to work again
 */
export async function pauseSite(origin: string, isPaused: boolean): Promise<void> {
  if (!isPaused) await requireWorkOn(origin);
  await paused.change((before) => [...without(before, origin), ...(isPaused ? [origin] : [])]);
  await registerSites();
  await followIn(origin);
}

/**
 * Has the open tabs of `origin` do what is wanted by then.
 *
 * No tab is waited for: one that is frozen, or still loading, may never answer. Each is told in the order of the changes.
 */
async function followIn(origin: string): Promise<void> {
  const tabIds = await openTabs(origin);
  const tell = (await isSiteEnabled(origin)) ? startIn : removeChip;
  // A tab that is just closing, or shows an error page, is none to work in.
  for (const tabId of tabIds) void tell(tabId).catch(() => undefined);
}

/** A start that comes to a page after a later stop ends by itself: it asks us first. */
const startIn = (tabId: number): Promise<unknown> =>
  browser.scripting.executeScript({ target: { tabId, allFrames: true }, files: [scriptFile] });

const removeChip = (tabId: number): Promise<unknown> =>
  browser.scripting.executeScript({
    target: { tabId, allFrames: true },
    // Not after a frame that loads for ever; nor after the host permission, which is given back next.
    injectImmediately: true,
    func: () => {
      // The script that stands in the page hears this and stops watching.
      document.dispatchEvent(new CustomEvent('staffetta:stop'));
      document.querySelector('staffetta-chip')?.remove();
    },
  });

/** Whether in-page actions are on for `origin` and the browser still lets us. */
export async function isSiteEnabled(origin: string): Promise<boolean> {
  return (await wantedSites()).includes(origin);
}

/**
 * Switches in-page actions on for `origin`, in tabs that are open too.
 *
 * @throws Failure `site-not-allowed` where the member did not give the host permission · as `requireWorkOn`
 */
export async function enableSite(origin: string): Promise<void> {
  await requireWorkOn(origin);
  if (!(await mayRead(origin))) throw new Failure('site-not-allowed');
  await sites.change((before) => [...new Set([...(before ?? []), origin])]);
  await paused.change((before) => without(before, origin));
  await registerSites();
  await followIn(origin);
}

/** Tabs that show a page of `origin`; seen only while we may see that host. */
async function openTabs(origin: string): Promise<number[]> {
  const tabs = await browser.tabs.query({ url: permissionOf(origin) });
  return tabs.flatMap(({ id, url }) =>
    id !== undefined && url !== undefined && new URL(url).origin === origin ? [id] : [],
  );
}

/** Finishes switching on the site that was asked for, once the member has allowed it. */
export async function enablePendingSite(): Promise<void> {
  const origin = await pendingSite.read();
  // Another permission may have been given; then this one still waits.
  if (origin === null || !(await mayRead(origin))) return;
  await pendingSite.clear();
  await enableSite(origin);
}

/** Switches in-page actions off for `origin`, in tabs that are open too, and gives the host permission back where no other site needs it. */
export async function disableSite(origin: string): Promise<void> {
  const left = await sites.change((before) => without(before, origin));
  await registerSites();
  await followIn(origin);
  if (!left.some((site) => permissionOf(site) === permissionOf(origin))) {
    // Fails for a host that the manifest itself asks for; nothing to give back there.
    await browser.permissions.remove({ origins: [permissionOf(origin)] }).catch(() => false);
  }
}

/**
 * Switches off every site that the organisation no longer allows, and gives its host permission back.
 *
 * While its list cannot be read, all of them only rest: what a member has switched on is not lost to a slip of the pen.
 */
export async function holdSites(): Promise<void> {
  const managed = await readManaged();
  for (const origin of ((await sites.read()) ?? []).filter((one) => !isSiteAllowed(managed, one))) {
    if (!managed.unreadable.includes('sites')) await disableSite(origin);
    else await followIn(origin);
  }
  await registerSites();
}

/** Starts anew in open tabs of enabled sites: after an update what stands there has no extension any more. */
export async function restartInTabs(): Promise<void> {
  for (const origin of await wantedSites()) await followIn(origin);
}

// What the team switches off stops at once where it is open, too; what it switches on again starts with the next page.
onPolicyChange(async () => {
  await registerSites();
  for (const origin of (await sites.read()) ?? []) {
    if (await isSiteOff(origin)) await followIn(origin);
  }
});

const inTurn = createTurns();

/**
 * Registers the content script for exactly the enabled sites. Chrome forgets registrations at an update, Firefox at a
 * reload, and a background may have ended before it came to this: it runs at every start. One run after the other: each
 * sees what has changed before it was asked for, and no older one comes after it.
 */
export const registerSites = (): Promise<void> => inTurn(register);

async function register(): Promise<void> {
  const wanted = await wantedSites();
  const registered = await browser.scripting.getRegisteredContentScripts();
  const stale = registered.map(({ id }) => id).filter((id) => !wanted.some((origin) => idOf(origin) === id));
  if (stale.length > 0) await browser.scripting.unregisterContentScripts({ ids: stale });
  for (const origin of wanted) {
    if (registered.some(({ id }) => id === idOf(origin))) continue;
    await browser.scripting
      .registerContentScripts([
        {
          id: idOf(origin),
          matches: [permissionOf(origin)],
          js: [scriptFile],
          runAt: 'document_idle',
          allFrames: true,
        },
      ])
      // A host permission taken back meanwhile: the site then simply stays off.
      .catch(() => undefined);
  }
}
