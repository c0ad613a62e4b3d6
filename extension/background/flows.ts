import { z } from 'zod';
import { scopesFor } from '../../shared/actions.ts';
import { createFlow, exchangeFlow, type RedirectKind } from '../../shared/api/flows.ts';
import { Failure, FailureReport, reportOf } from '../../shared/failure.ts';
import { providers } from '../../shared/providers/registry.ts';
import { browser } from '../browser.ts';
import { slot } from '../storage.ts';
import { readProvider, refreshAccount } from './account.ts';
import { readActionsOn } from './actions.ts';
import { forgetAccess } from './access.ts';
import { readAnswer } from './answer.ts';
import { holdGrant } from './grants.ts';
import { randomText, sha256 } from './proof.ts';
import { tellNotices } from './notices.ts';
import { callRelay, enrolBySignIn, readInstallation } from './relay.ts';
import { readStanding } from './standing.ts';
import { loginInTab } from './login-tab.ts';

const FlowState = z.discriminatedUnion('status', [
  z.object({ status: z.literal('idle') }),
  z.object({ status: z.literal('running'), providerId: z.string() }),
  z.object({ status: z.literal('failed'), providerId: z.string(), failure: FailureReport }),
]);

/** Outlives the popup, which closes as soon as the login window takes the focus. */
const state = slot('session', 'flow', FlowState);

/** True while a login window of this background is open; a background that starts has none. */
let isRunning = false;

/** How long the provider may take to send the browser back, in milliseconds. */
const callbackTimeoutMs = 5 * 60_000;

/** How the last attempt to connect stands. */
export async function readFlow(): Promise<z.infer<typeof FlowState>> {
  const flow = await state.read();
  // The background was stopped with the window open: its promise is gone, so nobody would ever finish.
  if (flow?.status === 'running' && !isRunning)
    return { status: 'failed', providerId: flow.providerId, failure: { code: 'window-closed' } };
  return flow ?? { status: 'idle' };
}

/** Forgets how the last attempt ended. */
export async function clearFlow(): Promise<void> {
  if (!isRunning) await state.clear();
}

/**
 * Begins to connect `providerId` and answers as soon as the login is under way; `readFlow` tells the rest.
 *
 * @param forTeam the connection is to be the team's
 *
 * One at a time: Chromium refuses a second window, Firefox would fail both.
 *
 * @throws Failure `flow-in-progress`
 */
export async function startFlow(providerId: string, forTeam: boolean): Promise<void> {
  await run(providerId, () => connect(providerId, forTeam), tellNotices);
}

/** What stands for a provider while the member signs in to join the team. */
const signingIn = 'sign-in';

/**
 * Begins to join a team by single sign-on and answers as soon as the login is under way: as `startFlow`.
 *
 * @param after what is to be done once this installation has joined
 * @throws Failure `flow-in-progress`
 */
export async function startSignIn(relayOrigin: string, after: () => Promise<void>): Promise<void> {
  if (new URL(relayOrigin).origin !== relayOrigin) throw new Failure('response-mismatch');
  await run(signingIn, () => signIn(relayOrigin), after);
}

async function run(
  providerId: string,
  login: () => Promise<void>,
  after: () => Promise<void>,
): Promise<void> {
  if (isRunning) throw new Failure('flow-in-progress');
  isRunning = true;
  await state.write({ status: 'running', providerId });
  void login()
    .then(
      async () => {
        await state.write({ status: 'idle' });
        await after();
      },
      (error: unknown) => state.write({ status: 'failed', providerId, failure: reportOf(error) }),
    )
    .finally(() => {
      isRunning = false;
    });
}

async function signIn(relayOrigin: string): Promise<void> {
  const codeVerifier = randomText(32);
  const pkce = { codeVerifier, codeChallenge: await sha256(codeVerifier) };
  const { url: redirectUrl, kind } = redirectTarget(relayOrigin);
  await enrolBySignIn(relayOrigin, pkce, kind, async (startUrl, expectedState) =>
    readAnswer(await openLogin(startUrl, redirectUrl), redirectUrl, expectedState),
  );
}

async function connect(providerId: string, forTeam: boolean): Promise<void> {
  const codeVerifier = randomText(32);
  const installation = await readInstallation();
  if (installation === null) throw new Failure('not-enrolled');
  const { url: redirectUrl, kind: redirectKind } = redirectTarget(installation.relayOrigin);
  const flow = await callRelay(
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
  const handle = readAnswer(await openLogin(flow.startUrl, redirectUrl), redirectUrl, flow.state);
  const { grant } = await callRelay(exchangeFlow, { flowId: flow.flowId }, { handle, codeVerifier });
  if (grant !== null) await holdGrant(grant);
  await forgetAccess();
  if (providerId === 'fatture-in-cloud') await refreshAccount();
}

/** The least that lets the actions work which are on. */
export async function scopesToAsk(providerId: string): Promise<string[]> {
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

async function openLogin(url: string, redirectUrl: string): Promise<string> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Failure('callback-missing')), callbackTimeoutMs);
  });
  try {
    const identity = authWindow();
    const opened =
      identity === null
        ? loginInTab(url, redirectUrl)
        : identity.launchWebAuthFlow({ url, interactive: true });
    const answer = await Promise.race([opened, late]);
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
