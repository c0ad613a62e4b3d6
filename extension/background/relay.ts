import { z } from 'zod';
import { brokeredPath, diagnosisHeader } from '../../shared/api/broker.ts';
import { createEnrolment, InviteCode, InviteLink, readShortCode } from '../../shared/api/enrolments.ts';
import type { RedirectKind } from '../../shared/api/flows.ts';
import { createSession } from '../../shared/api/sessions.ts';
import { createSignIn, exchangeSignIn } from '../../shared/api/sign-ins.ts';
import { pathOf, type Access, type Endpoint } from '../../shared/endpoint.ts';
import { contractHeader, contractText, matchContract } from '../../shared/contract.ts';
import { Failure, failureOf, readProblem } from '../../shared/failure.ts';
import { InstallationId, type ConnectionId, type SignInId } from '../../shared/ids.ts';
import { isSafeUrl } from '../../shared/safe-url.ts';
import { isRelayAllowed } from '../../shared/view/managed.ts';
import type { ApiRequest } from '../actions/call.ts';
import { browser } from '../browser.ts';
import { permissionOf } from '../permission.ts';
import { clearTeam, slot } from '../storage.ts';
import { installationKey } from './key.ts';
import { readManaged } from './managed.ts';
import { signProof } from './proof.ts';

/** Which relay this installation belongs to. Not secret: what proves it is the key. */
const installation = slot(
  'local',
  'installation',
  z.object({ relayOrigin: z.url(), installationId: InstallationId, memberName: z.string() }),
);

const session = slot(
  'session',
  'session',
  z.object({ relayOrigin: z.string(), token: z.string(), expiresAtMs: z.number() }),
  'team',
);

/** Whether the member has yet to be told that somebody else tried to use a session of this installation. */
const misuse = slot('session', 'misuse', z.boolean(), 'team');

/** Whether somebody else tried to use a session of this installation, and the member has not put the notice away. */
export const wasMisused = async (): Promise<boolean> => (await misuse.read()) ?? false;

/** Puts the notice of misuse away. */
export const clearMisuse = (): Promise<void> => misuse.clear();

/** Losing these two with the background is harmless: the relay tells both again at the first refusal. */
let nonce: string | null = null;
let clockSkewMs = 0;

/** Well under the 30 s after which Chrome ends a worker whose fetch has no answer. */
const timeoutMs = 12_000;

/** The same for one that carries a file. */
const fileTimeoutMs = 40_000;

/** A session is opened anew when it would end within this time, in milliseconds. */
const sessionMarginMs = 30_000;

/**
 * Who this installation is; null before it is enrolled, and while the organisation wants another relay: then nothing is
 * sent to the old one.
 */
export async function readInstallation() {
  const joined = await installation.read();
  return joined !== null && isRelayAllowed(await readManaged(), joined.relayOrigin) ? joined : null;
}

/** What an administrator has handed over: a link, or a short code and where it holds. */
type GivenInvite = { link: string } | { relayOrigin: string; code: string };

/** @throws Failure `invite-invalid` where it has not the form of an invite */
function readInvite(given: GivenInvite): { relayOrigin: string; invite: string } {
  if ('link' in given) {
    const link = InviteLink.safeParse(given.link);
    // Such as a port that there is not.
    if (!link.success || !URL.canParse(link.data.relayOrigin)) throw new Failure('invite-invalid');
    return { ...link.data, relayOrigin: new URL(link.data.relayOrigin).origin };
  }
  const { relayOrigin, code } = given;
  const invite = InviteCode.safeParse(code.trim()).data ?? readShortCode(code);
  const isOrigin = /^https?:\/\/[^/]+$/.test(relayOrigin) && URL.canParse(relayOrigin);
  if (invite === null || !isOrigin) throw new Failure('invite-invalid');
  return { relayOrigin, invite };
}

/** @throws Failure `relay-insecure` · `policy-unreadable` · `invite-for-other-relay` where the organisation has set another */
async function requireRelay(relayOrigin: string): Promise<void> {
  if (!isSafeUrl(relayOrigin)) throw new Failure('relay-insecure');
  const managed = await readManaged();
  if (managed.unreadable.includes('relayOrigin')) throw new Failure('policy-unreadable');
  if (!isRelayAllowed(managed, relayOrigin)) throw new Failure('invite-for-other-relay');
}

/**
 * Joins the relay that an invite names. The relay must answer before anything is kept.
 *
 * @throws Failure `invite-invalid` · `relay-insecure` · `invite-for-other-relay` · `policy-unreadable` · `relay-down` ·
 *   `relay-not-allowed`
 */
export async function enrol(given: GivenInvite): Promise<void> {
  const { relayOrigin, invite } = readInvite(given);
  await requireRelay(relayOrigin);
  await join(relayOrigin, send(relayOrigin, createEnrolment, {}, { invite, ...describeBrowser() }, null));
}

/** What ends something that is under way for the team, or forgets what is in memory only. */
const forgetting: Array<() => Promise<void>> = [];

/** Has `forget` called when another team has answered, before what is kept of this one is forgotten. */
export const beforeJoining = (forget: () => Promise<void>): void => void forgetting.push(forget);

/** Keeps where this installation has become one, once the relay has answered. */
async function join(
  relayOrigin: string,
  answer: Promise<z.infer<typeof createEnrolment.output>>,
): Promise<void> {
  const { installationId, memberName } = await answer;
  // First: a background that ends in the middle of this belongs to no team, never to one with what is another's.
  await installation.clear();
  await Promise.all(forgetting.map((forget) => forget()));
  await clearTeam();
  await installation.write({ relayOrigin, installationId, memberName });
}

/**
 * Begins to join a relay by single sign-on.
 *
 * @returns the page to show, one of the relay's own, and what to compare with what comes back
 * @throws Failure `sign-in-off` · `invite-for-other-relay` · `policy-unreadable` · `response-mismatch` · as `enrol`
 */
export async function beginSignIn(
  relayOrigin: string,
  codeChallenge: string,
  redirectKind: RedirectKind,
): Promise<z.infer<typeof createSignIn.output>> {
  await requireRelay(relayOrigin);
  const begun = await send(relayOrigin, createSignIn, {}, { codeChallenge, redirectKind }, null);
  if (new URL(begun.startUrl).origin !== relayOrigin) throw new Failure('response-mismatch');
  return begun;
}

/**
 * Joins with the handle that came back.
 *
 * @throws Failure `sign-in-refused` · as `enrol`
 */
export async function finishSignIn(
  relayOrigin: string,
  signInId: SignInId,
  proof: { handle: string; codeVerifier: string },
): Promise<void> {
  const input = { ...proof, ...describeBrowser() };
  await join(relayOrigin, send(relayOrigin, exchangeSignIn, { signInId }, input, null));
}

/** How this browser calls itself: for the administrator's list. */
function describeBrowser() {
  const { userAgent } = navigator;
  const [, found = '', version = ''] =
    /(Firefox|Edg|Chrome)\/(\d{1,6}(?:\.\d{1,6}){0,3})/.exec(
      // Edge says Chrome first.
      userAgent.replace(/Chrome\/(?=.*Edg\/)/, ''),
    ) ?? [];
  const name = found === 'Edg' ? 'Edge' : found === '' ? 'Chrome' : found;
  const system = /Windows|Mac OS X|CrOS|Android|Linux/.exec(userAgent)?.[0] ?? '';
  return {
    installationName: `${name} ${system}`.trim(),
    ...(version === '' ? {} : { browser: { name, version } }),
  };
}

/**
 * Calls an endpoint of the relay on this installation's session, opening one where needed.
 *
 * @throws Failure as the endpoint names · `not-enrolled` · `relay-down` · `offline` · `relay-not-allowed` ·
 *   `relay-incompatible`
 */
export async function callRelay<
  Params extends z.ZodObject,
  Input extends z.ZodType,
  Output extends z.ZodType,
>(
  endpoint: Endpoint<Params, Input, Output, 'session'>,
  params: z.infer<Params>,
  input: z.input<Input>,
): Promise<z.infer<Output>> {
  const asker = await installation.read();
  const answer = await onSession((relayOrigin, token) => send(relayOrigin, endpoint, params, input, token));
  await requireStill(asker?.installationId);
  return answer;
}

/**
 * Refuses what a team says that was left meanwhile: it must not be kept as another's. In a change of what is the team's,
 * it holds until that is kept, or cleared.
 *
 * @throws Failure `not-enrolled`
 */
export async function requireStill(installationId: InstallationId | undefined): Promise<void> {
  if ((await installation.read())?.installationId !== installationId) throw new Failure('not-enrolled');
}

/** Runs one call on this installation's session, and once more on a new one where the old has ended. */
async function onSession<Result>(
  call: (relayOrigin: string, token: string) => Promise<Result>,
): Promise<Result> {
  const joined = await readInstallation();
  if (joined === null) throw new Failure('not-enrolled');
  const { relayOrigin } = joined;
  const token = await sessionToken(joined);
  try {
    return await call(relayOrigin, token);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'session-expired') throw error;
    // Of several that were refused at once another may have opened a new one by now.
    if ((await session.read())?.token === token) await session.clear();
    return call(relayOrigin, await sessionToken(joined));
  }
}

/** The session that is on its way, and whose. */
let opening: { installationId: InstallationId; token: Promise<string> } | null = null;

/** Where a session is opened, and for whom. */
type Joined = NonNullable<Awaited<ReturnType<typeof readInstallation>>>;

async function sessionToken({ relayOrigin, installationId }: Joined): Promise<string> {
  const held = await session.read();
  const isOwn = held?.relayOrigin === relayOrigin;
  if (isOwn && held.expiresAtMs > Date.now() + clockSkewMs + sessionMarginMs) return held.token;
  if (opening?.installationId !== installationId) {
    const token = openSession(relayOrigin, installationId).finally(() => {
      if (opening?.token === token) opening = null;
    });
    opening = { installationId, token };
  }
  return opening.token;
}

async function openSession(relayOrigin: string, installationId: InstallationId): Promise<string> {
  const {
    sessionToken: token,
    expiresAtMs,
    misusedAtMs,
  } = await send(relayOrigin, createSession, {}, {}, null);
  await session.change(async () => {
    await requireStill(installationId);
    return { relayOrigin, token, expiresAtMs };
  });
  if (misusedAtMs !== null)
    await misuse.change(async () => {
      await requireStill(installationId);
      return true;
    });
  return token;
}

/** One request to the relay as it goes over the wire. */
interface RelayRequest {
  method: string;
  /** With query. */
  path: string;
  /** JSON text, or a file. */
  body?: string | FormData | undefined;
  /** `Idempotency-Key`. */
  key?: string | undefined;
  /** Nobody waits for it (RFC 9218: urgency 6). */
  isBackground?: boolean | undefined;
  /** Ends the request; the ordinary time limit where there is none. */
  signal?: AbortSignal | undefined;
}

/** Calls an endpoint and parses its answer. */
function send<Params extends z.ZodObject, Output extends z.ZodType, Required extends Access>(
  relayOrigin: string,
  endpoint: Endpoint<Params, z.ZodType, Output, Required>,
  params: z.infer<Params>,
  input: unknown,
  token: string | null,
): Promise<z.infer<Output>> {
  const { method } = endpoint;
  const body = method === 'POST' ? JSON.stringify(input) : undefined;
  return exchange(relayOrigin, { method, path: pathOf(endpoint, params), body }, token, (response) =>
    readAnswer(response, endpoint.output),
  );
}

/** Sends once, and once more where the relay asks for its nonce, where the clocks differ, and as `isToRepeat` says. */
async function exchange<Result>(
  relayOrigin: string,
  { method, path, body, key, isBackground, signal }: RelayRequest,
  token: string | null,
  read: (response: Response) => Promise<Result>,
): Promise<Result> {
  const attempt = async (): Promise<Result> => {
    const proof = await signProof(await installationKey(), {
      method,
      // RFC 9449 §4.2: without query.
      url: relayOrigin + (path.split('?')[0] ?? ''),
      issuedAtMs: Date.now() + clockSkewMs,
      sessionToken: token,
      nonce,
    });
    const response = await fetchRelay(relayOrigin + path, relayOrigin, {
      method,
      headers: {
        DPoP: proof,
        [contractHeader]: contractText,
        ...(token === null ? {} : { Authorization: `DPoP ${token}` }),
        // A file says by itself what it is.
        ...(typeof body === 'string' ? { 'Content-Type': 'application/json' } : {}),
        ...(key === undefined ? {} : { 'Idempotency-Key': key }),
        ...(isBackground === true ? { Priority: 'u=6' } : {}),
      },
      ...(body === undefined ? {} : { body }),
      ...(body instanceof FormData ? { signal: AbortSignal.timeout(fileTimeoutMs) } : {}),
      ...(signal === undefined ? {} : { signal }),
    });
    nonce = response.headers.get('DPoP-Nonce') ?? nonce;
    const { verdict } = matchContract(response.headers.get(contractHeader));
    if (verdict === 'other-outdated') throw new Failure('relay-outdated');
    if (verdict === 'self-outdated') throw new Failure('extension-outdated');
    return read(response);
  };
  // Both can be: a clock that is wrong is told first, and the nonce that was asked for meanwhile with the next.
  const told = new Set<string>();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Failure) || !isToRepeat(error, method) || told.has(error.code)) throw error;
      told.add(error.code);
    }
  }
}

/**
 * Whether the same request with a new proof is likely to be served.
 *
 * A balancer sends a read that one relay has begun and not answered to another relay, which refuses the used proof.
 */
const isToRepeat = ({ code }: Failure, method: string): boolean =>
  code === 'nonce-required' || code === 'clock' || (code === 'proof-invalid' && method === 'GET');

/**
 * Has the relay make a call for a `brokered` connection.
 *
 * @returns the provider's answer, a refusal with the relay's diagnosis in its headers
 * @throws Failure as `callRelay` · `outcome-unknown` (a write whose answer never came)
 */
export function callProviderThroughRelay(
  connectionId: ConnectionId,
  { method, path, body, key, isBackground }: ApiRequest,
): Promise<Response> {
  const request = { method, path: brokeredPath(connectionId, path), body, key, isBackground };
  return onSession((relayOrigin, token) =>
    exchange(relayOrigin, request, token, async (response) => {
      const isOwn = response.headers.get('Content-Type')?.startsWith('application/problem+json') === true;
      if (isOwn && !response.headers.has(diagnosisHeader)) await readAnswer(response, z.never());
      return response;
    }).catch((error: unknown) => {
      // A reason that is not known here may be one that leaves it open.
      const isOpen =
        error instanceof Failure && (error.code === 'relay-down' || error.code === 'relay-incompatible');
      throw isOpen && method !== 'GET' ? new Failure('outcome-unknown', { cause: error }) : error;
    }),
  );
}

/**
 * Opens a stream of the relay; it ends when `signal` does, or when the relay ends it.
 *
 * @throws Failure as `callRelay`
 */
export function openRelayStream(path: string, signal: AbortSignal): Promise<Response> {
  return onSession((relayOrigin, token) =>
    exchange(relayOrigin, { method: 'GET', path, signal }, token, async (response) => {
      if (!response.ok) await readAnswer(response, z.never());
      return response;
    }),
  );
}

async function fetchRelay(url: string, relayOrigin: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, {
      signal: AbortSignal.timeout(timeoutMs),
      ...init,
      // The relay ignores cookies; none are sent all the same.
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
    });
  } catch (error) {
    const allowed = await browser.permissions.contains({ origins: [permissionOf(relayOrigin)] });
    if (!allowed) throw new Failure('relay-not-allowed', { cause: error });
    throw new Failure(navigator.onLine ? 'relay-down' : 'offline', { cause: error });
  }
}

async function readAnswer<Output extends z.ZodType>(
  response: Response,
  schema: Output,
): Promise<z.infer<Output>> {
  const body: unknown = await response.json().catch(() => null);
  // A captive portal or a proxy answers pages, in place of the relay.
  if (body === null) throw new Failure('relay-down');
  if (response.ok) {
    const answer = schema.safeParse(body);
    if (!answer.success) throw new Failure('relay-incompatible', { cause: answer.error });
    return answer.data;
  }
  const problem = readProblem(body);
  if (problem.code === 'clock') {
    const relayTimeMs = Date.parse(response.headers.get('Date') ?? '');
    if (Number.isFinite(relayTimeMs)) clockSkewMs = relayTimeMs - Date.now();
  }
  throw failureOf(problem);
}
