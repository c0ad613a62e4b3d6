import { vi } from 'vitest';
import type { MessageAnswer } from '../../../shared/messages.ts';
import { approve } from '../../sandbox/consent.ts';
import type { Sandboxed } from '../../relay/sandboxed.ts';
import { locationOf } from '../../relay/harness.ts';

/** One browser: what it keeps outlives every background that runs in it. */
export interface Profile {
  session: Record<string, unknown>;
  local: Record<string, unknown>;
  /** What stands in the address bar of the tab of a login; null where none is open. */
  loginTab: string | null;
}

/** The person in front of the browser. */
export interface Person {
  email: string;
  /** Logs in and agrees at a page that is not the provider's; answers where the browser is sent. */
  approve?(authorizeUrl: string): Promise<URL>;
}

/** One background, from its start to its end. */
export interface Life {
  /** Sends a message of our own page; null where the background ended before it answered, as a closed port tells. */
  view(name: string, input: object): Promise<MessageAnswer | null>;
  /** The same of a page of `shopOrigin`, in its tab. */
  page(name: string, input: object): Promise<MessageAnswer | null>;
  /** Has the person log in, in the tab that is open for it. */
  logInInTab(): Promise<void>;
  isAlive(): boolean;
  /** How often it has awaited the browser or the network. */
  steps(): number;
}

const loginTabId = 7;

/** The real one, however often a life puts its own in its place. */
const network = fetch;

export const shopOrigin = 'https://shop.example';

/** An empty profile with the shop's site enabled. */
export const newProfile = (): Profile => ({ session: {}, local: { sites: [shopOrigin] }, loginTab: null });

/**
 * Starts a background of its own: the real modules, loaded anew, over a browser whose every call may be the last.
 *
 * A background that has ended is never heard of again: what it awaits does not come, and what it still wants to do is not
 * done. Time, cryptography and the relay's and the provider's answers are real.
 *
 * @param hasIdentity whether the browser has a login window of its own
 * @param lastStep after how many things awaited it ends: the last is done, and its answer is not heard
 */
export async function startLife(
  { relay }: Sandboxed,
  profile: Profile,
  { hasIdentity = true, lastStep, ...person }: Person & { hasIdentity?: boolean; lastStep?: number },
): Promise<Life> {
  let steps = 0;
  let end = (): void => undefined;
  const ended = new Promise<null>((resolve) => {
    end = () => resolve(null);
  });
  let isOver = false;
  let isInWindow = false;
  const never = new Promise<never>(() => undefined);
  const through = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (isOver) return never;
    steps += 1;
    const isLast = steps === lastStep;
    const result = await work();
    if (isLast) {
      isOver = true;
      end();
    }
    return isOver ? never : result;
  };
  /** What the person does and the browser follows is not the background's. */
  const logIn = async (startUrl: string): Promise<string> => {
    isInWindow = true;
    const asked = locationOf(await relay.fetch(startUrl)).href;
    const callback = await (person.approve?.(asked) ?? approve(asked, person));
    isInWindow = false;
    return locationOf(await relay.fetch(callback.href)).href;
  };
  let onUpdated = (_tabId: number, _changed: object): void => undefined;
  const area = (kept: Record<string, unknown>) => ({
    get: (name: string) => through(async () => structuredClone(name in kept ? { [name]: kept[name] } : {})),
    set: (values: Record<string, unknown>) =>
      through(async () => void Object.assign(kept, structuredClone(values))),
    remove: (name: string) =>
      through(async () => {
        delete kept[name];
      }),
  });
  const browser = {
    storage: {
      session: area(profile.session),
      local: area(profile.local),
      // No organisation has set anything.
      managed: { get: () => through(async () => ({})) },
    },
    runtime: { id: 'staffetta', getURL: (path: string) => `chrome-extension://staffetta${path}` },
    permissions: { contains: () => through(async () => true) },
    i18n: { getMessage: (key: string) => key, getUILanguage: () => 'it' },
    alarms: { create: () => undefined, clear: () => through(async () => true) },
    // No page is open.
    scripting: {
      getRegisteredContentScripts: () => through(async () => []),
      registerContentScripts: () => through(async () => undefined),
      unregisterContentScripts: () => through(async () => undefined),
    },
    tabs: {
      query: () => through(async () => []),
      onUpdated: {
        addListener: (listener: (tabId: number, changed: object) => void) => (onUpdated = listener),
      },
      onRemoved: { addListener: () => undefined },
      create: ({ url }: { url: string }) =>
        through(async () => {
          profile.loginTab = url;
          return { id: loginTabId };
        }),
      get: () =>
        through(async () => {
          if (profile.loginTab === null) throw new Error('no tab');
          return { id: loginTabId, url: profile.loginTab };
        }),
      remove: () =>
        through(async () => {
          profile.loginTab = null;
        }),
    },
    ...(hasIdentity
      ? {
          identity: {
            getRedirectURL: () => relay.config.redirectTargets.chrome,
            launchWebAuthFlow: ({ url }: { url: string }) => through(() => logIn(url)),
          },
        }
      : {}),
  };
  relay.clock.now = Math.max(relay.clock.now, Date.now());
  // Another one in every life; each module asks for it once, when it is loaded.
  vi.resetModules();
  vi.doMock('../../../extension/browser.ts', () => ({ browser }));
  const [{ answerView }, { answerPage }, { watchLogin }] = await Promise.all([
    import('../../../extension/background/views.ts'),
    import('../../../extension/background/pages.ts'),
    import('../../../extension/background/connect/flows.ts'),
  ]);
  const fetchAny: typeof network = (url, init) =>
    String(url).startsWith(relay.publicUrl) ? relay.fetch(String(url), init) : network(url, init);
  vi.stubGlobal('fetch', (url: string, init?: RequestInit) =>
    isInWindow ? network(url, init) : through(() => fetchAny(url, init)),
  );
  watchLogin();
  const send = (answer: Promise<MessageAnswer>): Promise<MessageAnswer | null> =>
    Promise.race([answer, ended]);
  return {
    view: (name, input) => send(answerView({ name, input })),
    page: (name, input) =>
      send(
        answerPage(
          { name, input },
          {
            tabId: 1,
            tabUrl: `${shopOrigin}/a`,
            isPrivate: false,
            url: `${shopOrigin}/a`,
          },
        ),
      ),
    async logInInTab() {
      profile.loginTab = await logIn(profile.loginTab ?? '');
      onUpdated(loginTabId, { url: profile.loginTab });
    },
    isAlive: () => !isOver,
    steps: () => steps,
  };
}
