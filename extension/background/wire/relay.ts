import { z } from 'zod';
import { brokeredPath, diagnosisHeader } from '../../../shared/api/broker.ts';
import { createSession } from '../../../shared/api/sessions.ts';
import type { Endpoint } from '../../../shared/endpoint.ts';
import { Failure } from '../../../shared/failure.ts';
import type { ConnectionId, InstallationId } from '../../../shared/ids.ts';
import type { ApiRequest } from '../../actions/call.ts';
import { slot } from '../../storage.ts';
import { readInstallation, requireStill, type Joined } from './installation.ts';
import { exchange, readAnswer, relayNowMs, send } from './exchange.ts';

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

/** A session is opened anew when it would end within this time, in milliseconds. */
const sessionMarginMs = 30_000;

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
  return onSession(async ({ relayOrigin, installationId }, token) => {
    const answer = await send(relayOrigin, endpoint, params, input, token);
    await requireStill(installationId);
    return answer;
  });
}

/** Runs one call on this installation's session, and once more on a new one where the old has ended. */
async function onSession<Result>(call: (joined: Joined, token: string) => Promise<Result>): Promise<Result> {
  const joined = await readInstallation();
  if (joined === null) throw new Failure('not-enrolled');
  const token = await sessionToken(joined);
  try {
    return await call(joined, token);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'session-expired') throw error;
    // Of several that were refused at once another may have opened a new one by now.
    if ((await session.read())?.token === token) await session.clear();
    return call(joined, await sessionToken(joined));
  }
}

/** The session that is on its way, and whose. */
let opening: { installationId: InstallationId; token: Promise<string> } | null = null;

async function sessionToken({ relayOrigin, installationId }: Joined): Promise<string> {
  const held = await session.read();
  const isOwn = held?.relayOrigin === relayOrigin;
  if (isOwn && held.expiresAtMs > relayNowMs() + sessionMarginMs) return held.token;
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
  return onSession(({ relayOrigin }, token) =>
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
  return onSession(({ relayOrigin }, token) =>
    exchange(relayOrigin, { method: 'GET', path, signal }, token, async (response) => {
      if (!response.ok) await readAnswer(response, z.never());
      return response;
    }),
  );
}
