import { z } from 'zod';
import { scopesFor } from '../../../shared/actions.ts';
import { createFlow, exchangeFlow, type RedirectKind } from '../../../shared/api/flows.ts';
import { Failure, FailureReport, reportOf } from '../../../shared/failure.ts';
import { providers } from '../../../shared/providers/registry.ts';
import { browser } from '../../browser.ts';
import { slot } from '../../storage.ts';
import { readConnection, readProvider, refreshAccount } from '../provider/account.ts';
import { readActionsOn } from '../provider/actions.ts';
import { forgetAccess } from '../provider/access.ts';
import { readAnswer } from './answer.ts';
import { dropGrant, holdGrant } from '../provider/grants.ts';
import { randomText, sha256 } from '../wire/proof.ts';
import { requireProvider } from '../wire/managed.ts';
import { tellNotices } from '../provider/notices.ts';
import { dropLateTab, openLoginTab, readLoginTab, watchLoginTab, type Login } from './login-tab.ts';
import { readInstallation } from '../wire/installation.ts';
import { beforeJoining, beginSignIn, finishSignIn } from '../wire/joining.ts';
import { callRelay } from '../wire/relay.ts';
import { readStanding, renewStanding } from '../provider/team.ts';

const FlowState = z.discriminatedUnion('status', [
  z.object({ status: z.literal('idle') }),
  /** `isEnding`: the browser was sent back, and the relay is making the connection, or has made this one a member's. */
  z.object({ status: z.literal('running'), providerId: z.string(), isEnding: z.boolean().default(false) }),
  z.object({ status: z.literal('failed'), providerId: z.string(), failure: FailureReport }),
]);

/** What stands for a provider while the member signs in to join a team. */
const signingIn = 'sign-in';

/** Outlives the popup, which closes as soon as the login window takes the focus. */
const state = slot('session', 'flow', FlowState);

/** The attempt that this background is at work on; one that starts has none. */
let current: symbol | null = null;

/** How long the provider may take to send the browser back, in milliseconds. */
const callbackTimeoutMs = 5 * 60_000;

/** How the last attempt to connect stands. */
export async function readFlow(): Promise<z.infer<typeof FlowState>> {
  const flow = await state.read();
  if (flow?.status !== 'running' || current !== null) return flow ?? { status: 'idle' };
  const tab = await readLoginTab(Date.now());
  if (tab === 'open') return flow;
  const { providerId, isEnding } = flow;
  recovering ??= hasEndedWell(providerId, isEnding).finally(() => {
    recovering = null;
  });
  // Where the relay cannot be asked now it is asked again by the next who reads.
  const isOver = await recovering.catch(() => false);
  // Another may have begun meanwhile.
  if (isOver || current !== null) return (await state.read()) ?? { status: 'idle' };
  const code = tab === 'late' ? 'callback-missing' : 'window-closed';
  return { status: 'failed', providerId, failure: { code } };
}

let recovering: Promise<boolean> | null = null;

/** Finds out how an attempt ended whose background was stopped in the middle: its promise is gone, nobody else would. */
async function hasEndedWell(providerId: string, isEnding: boolean): Promise<boolean> {
  // The relay may have done all the same what it was asked for.
  if (!isEnding || !(await isDone(providerId))) return false;
  if (current === null) await state.write({ status: 'idle' });
  return true;
}

async function isDone(providerId: string): Promise<boolean> {
  // Whoever signs in has left the team before by now: where this installation belongs, it belongs to the new one.
  if (providerId === signingIn) return (await readInstallation()) !== null;
  const connection = await readConnection(providerId);
  if (connection?.status !== 'active') return false;
  await dropGrant(connection.id);
  await conclude(providerId);
  return true;
}

beforeJoining(async () => {
  const flow = await state.read();
  if (flow?.status === 'running' && flow.providerId === signingIn) {
    await state.write({ ...flow, isEnding: true });
    return;
  }
  // Of the team that is left: what comes back from it is nothing that the other relay may hear.
  current = null;
  // However long it would have been waited for.
  await Promise.all([state.clear(), dropLateTab(Number.POSITIVE_INFINITY)]);
});

/** What was known of the account before may be another's, or less. */
async function conclude(providerId: string): Promise<void> {
  await forgetAccess();
  if (providerId === 'fatture-in-cloud') await refreshAccount();
}

/** Forgets how the last attempt ended; one that is under way goes on, in a tab too. */
export async function clearFlow(): Promise<void> {
  const tab = await readLoginTab(Date.now());
  if (current === null && tab !== 'open') await state.clear();
}

/**
 * Begins to connect `providerId` and answers as soon as the login is under way; `readFlow` tells the rest.
 *
 * One at a time: Chromium refuses a second window, Firefox would fail both.
 *
 * @param forTeam the connection is to be the team's
 * @throws Failure `flow-in-progress`
 */
export async function startFlow(providerId: string, forTeam: boolean): Promise<void> {
  await start(providerId, (own) => connect(own, providerId, forTeam));
}

/**
 * Begins to join a team by single sign-on and answers as soon as the login is under way: as `startFlow`.
 *
 * @throws Failure `flow-in-progress`
 */
export async function startSignIn(relayOrigin: string): Promise<void> {
  if (new URL(relayOrigin).origin !== relayOrigin) throw new Failure('response-mismatch');
  await start(signingIn, (own) => signIn(own, relayOrigin));
}

/** Has a login end that runs in a tab, whichever background it began in. To be called first thing at every start. */
export function watchLogin(): void {
  if (authWindow() !== null) return;
  watchLoginTab((login, answerUrl) => {
    const own = begin();
    const work = async (): Promise<'ended'> => {
      if (answerUrl === null) throw new Failure('window-closed');
      return finish(own, login, answerUrl);
    };
    void attempt(own, 'signInId' in login ? signingIn : login.providerId, work);
  });
}

/** Work of an attempt; `waiting`: a tab is open, and the rest comes later. */
type Work = () => Promise<'ended' | 'waiting'>;

async function start(providerId: string, work: (own: symbol) => ReturnType<Work>): Promise<void> {
  if (current !== null) throw new Failure('flow-in-progress');
  const own = begin();
  try {
    const isFree = await dropLateTab(Date.now());
    // A tab that has come back meanwhile is at work now.
    if (!isFree || current !== own) throw new Failure('flow-in-progress');
    await state.write({ status: 'running', providerId, isEnding: false });
  } catch (error) {
    end(own);
    throw error;
  }
  void attempt(own, providerId, () => work(own));
}

const begin = (): symbol => (current = Symbol('attempt'));

const end = (own: symbol): void => {
  if (current === own) current = null;
};

/** Refuses to go on with an attempt that was ended from outside: its team was left. */
function requireCurrent(own: symbol): void {
  if (current !== own) throw new Failure('not-enrolled');
}

/** Does what is to be done for an attempt, and says how it went. */
async function attempt(own: symbol, providerId: string, work: Work): Promise<void> {
  try {
    if ((await work()) === 'waiting') return;
    if (current === own) await state.write({ status: 'idle' });
  } catch (error) {
    if (current === own) await state.write({ status: 'failed', providerId, failure: reportOf(error) });
    return;
  } finally {
    end(own);
  }
  if (providerId !== signingIn) await tellNotices();
}

async function signIn(own: symbol, relayOrigin: string): Promise<'ended' | 'waiting'> {
  const codeVerifier = randomText(32);
  const { url: redirectUrl, kind } = redirectTarget(relayOrigin);
  const { startUrl, ...begun } = await beginSignIn(relayOrigin, await sha256(codeVerifier), kind);
  const { signInId, state: expected } = begun;
  return logIn(own, startUrl, { relayOrigin, signInId, state: expected, codeVerifier, redirectUrl });
}

async function connect(own: symbol, providerId: string, forTeam: boolean): Promise<'ended' | 'waiting'> {
  const codeVerifier = randomText(32);
  const installation = await readInstallation();
  if (installation === null) throw new Failure('not-enrolled');
  const { url: redirectUrl, kind: redirectKind } = redirectTarget(installation.relayOrigin);
  const { startUrl, flowId, ...flow } = await callRelay(
    createFlow,
    {},
    {
      providerId,
      scopes: await scopesToAsk(providerId),
      codeChallenge: await sha256(codeVerifier),
      redirectKind,
      // An older relay knows no team.
      ...(forTeam ? { forTeam } : {}),
    },
  );
  return logIn(own, startUrl, { providerId, flowId, state: flow.state, codeVerifier, redirectUrl });
}

async function logIn(own: symbol, startUrl: string, login: Login): Promise<'ended' | 'waiting'> {
  requireCurrent(own);
  const identity = authWindow();
  if (identity !== null) return finish(own, login, await openWindow(identity, startUrl));
  await openLoginTab(startUrl, login, Date.now() + callbackTimeoutMs);
  return 'waiting';
}

/** Trades what the login brought back: for a connection, or for a place in the team. */
async function finish(own: symbol, login: Login, answerUrl: string): Promise<'ended'> {
  const handle = readAnswer(answerUrl, login.redirectUrl, login.state);
  const proof = { handle, codeVerifier: login.codeVerifier };
  if ('signInId' in login) {
    await finishSignIn(login.relayOrigin, login.signInId, proof);
    return 'ended';
  }
  const { providerId, flowId } = login;
  requireCurrent(own);
  await state.write({ status: 'running', providerId, isEnding: true });
  requireCurrent(own);
  const { grant } = await callRelay(exchangeFlow, { flowId }, proof);
  renewStanding();
  if (grant !== null) await holdGrant(grant);
  await conclude(providerId);
  return 'ended';
}

/**
 * The least that lets the actions work which are on.
 *
 * @throws Failure `not-found` · as `requireProvider`
 */
export async function scopesToAsk(providerId: string): Promise<string[]> {
  await requireProvider(providerId);
  const provider = providers.get(providerId);
  const [allowed, { policy }] = await Promise.all([readProvider(providerId), readStanding()]);
  if (provider === undefined || allowed?.id !== providerId) throw new Failure('not-found');
  return scopesFor(provider, await readActionsOn(allowed, policy));
}

/** The browser's own way to show a login; Firefox for Android and some odd builds have none. */
const authWindow = (): typeof browser.identity | null => {
  const { identity } = browser as { identity?: Partial<typeof browser.identity> };
  return identity?.launchWebAuthFlow === undefined ? null : browser.identity;
};

/** Where the login ends: an address that only this extension gets, or the relay's own page in a tab that we watch. */
function redirectTarget(relayOrigin: string): { url: string; kind: RedirectKind } {
  const own = authWindow()?.getRedirectURL('connected');
  if (own !== undefined) return { url: own, kind: own.includes('.chromiumapp.org/') ? 'chrome' : 'firefox' };
  return { url: `${relayOrigin}/connected`, kind: 'tab' };
}

async function openWindow(identity: typeof browser.identity, url: string): Promise<string> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Failure('callback-missing')), callbackTimeoutMs);
  });
  try {
    const answer = await Promise.race([identity.launchWebAuthFlow({ url, interactive: true }), late]);
    if (answer === undefined) throw new Failure('window-closed');
    return answer;
  } catch (error) {
    throw failureOfWindow(error);
  } finally {
    clearTimeout(timer);
  }
}

/** The browsers name these ends only in English sentences; anything else counts as a closed window. */
function failureOfWindow(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const text = error instanceof Error ? error.message : '';
  if (/could not be loaded/i.test(text)) return new Failure('callback-missing', { cause: error });
  if (/only one|already/i.test(text)) return new Failure('flow-in-progress', { cause: error });
  return new Failure('window-closed', { cause: error });
}
