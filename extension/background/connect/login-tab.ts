import { z } from 'zod';
import { FlowId, SignInId } from '../../../shared/ids.ts';
import { browser } from '../../browser.ts';
import { slot } from '../../storage.ts';
import { createTurns } from '../../queue.ts';

const Begun = z.object({ state: z.string(), codeVerifier: z.string(), redirectUrl: z.url() });

/**
 * What is needed to end a login that has come back, at a provider or at the team's identity provider: RFC 7636's verifier,
 * and what to compare.
 */
export const Login = z.union([
  Begun.extend({ providerId: z.string(), flowId: FlowId }),
  Begun.extend({ relayOrigin: z.url(), signInId: SignInId }),
]);
/** What is needed to end a login. */
export type Login = z.infer<typeof Login>;

/**
 * The login whose tab is open. No call holds the background awake meanwhile, as the browser's own login window does: a slow
 * login ends in another one than it began in. In memory, like all that is secret.
 */
const open = slot('session', 'login-tab', z.object({ login: Login, tabId: z.int(), endsAtMs: z.number() }));

/** One thing after the other: an end is heard once, and not before its tab is known. */
const inTurn = createTurns();

/** Shows a login in a tab; `watchLoginTab` hears how it ends. */
export function openLoginTab(startUrl: string, login: Login, endsAtMs: number): Promise<void> {
  return inTurn(async () => {
    const { id } = await browser.tabs.create({ url: startUrl });
    await open.write({ login, tabId: id ?? browser.tabs.TAB_ID_NONE, endsAtMs });
  });
}

/** How the login stands that has a tab of its own: none, `open`, or `late` where nobody ever came back. */
export async function readLoginTab(nowMs: number): Promise<'none' | 'open' | 'late'> {
  const found = await open.read();
  if (found === null) return 'none';
  return nowMs < found.endsAtMs ? 'open' : 'late';
}

/** Forgets a login that nobody came back from in time: its tab may come yet. False where one is open that is to be waited for. */
export function dropLateTab(nowMs: number): Promise<boolean> {
  return inTurn(async () => {
    if ((await readLoginTab(nowMs)) === 'open') return false;
    await open.clear();
    return true;
  });
}

/**
 * Listens to tabs for the end of a login, from the start of the background on.
 *
 * Only the address it ends at is seen: of any other site's tab the browser tells us nothing without its permission. Whether
 * the address is our answer is judged by who ends the login.
 *
 * @param onEnd gets the address, or null where the member closed the tab
 */
export function watchLoginTab(onEnd: (login: Login, answerUrl: string | null) => void): void {
  const end = (tabId: number, answerUrl: string | null): Promise<void> =>
    inTurn(async () => {
      const found = await open.read();
      if (found?.tabId !== tabId) return;
      const { login } = found;
      if (answerUrl !== null && answerUrl.split('?')[0] !== login.redirectUrl) return;
      // First: whoever asks meanwhile is not to find an attempt without a tab that nobody is at work on.
      onEnd(login, answerUrl);
      await open.clear();
      if (answerUrl !== null) await browser.tabs.remove(tabId).catch(() => undefined);
    });
  browser.tabs.onUpdated.addListener((tabId, { url }) => {
    if (url !== undefined) void end(tabId, url);
  });
  browser.tabs.onRemoved.addListener((tabId) => void end(tabId, null));
  // What the tab did while no background heard it, or while one ended.
  void lookAtTab(end);
}

async function lookAtTab(end: (tabId: number, answerUrl: string | null) => Promise<void>): Promise<void> {
  const found = await open.read();
  if (found === null) return;
  const tab = await browser.tabs.get(found.tabId).catch(() => null);
  if (tab === null) await end(found.tabId, null);
  else if (tab.url !== undefined) await end(found.tabId, tab.url);
}
