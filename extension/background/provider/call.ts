import { actionOf, type ActionId } from '../../../shared/actions.ts';
import type { Connection } from '../../../shared/api/connections.ts';
import { Failure } from '../../../shared/failure.ts';
import type { ConnectionId } from '../../../shared/ids.ts';
import { providers } from '../../../shared/providers/registry.ts';
import type { Call } from '../../actions/action.ts';
import { callOver, type Transport } from '../../actions/call.ts';
import { dropGrant, grantOf } from './grants.ts';
import { noteQuota, refuseEarly } from './quota.ts';
import { callProviderThroughRelay } from '../wire/relay.ts';

/** Longest time a provider call may take, in milliseconds. */
const timeoutMs = 15_000;

/** The same for one that carries a file. */
const fileTimeoutMs = 40_000;

/** Origins a grant may be sent to: the provider's own and, in a sandbox build, loopback. The relay cannot add one. */
const isTrusted = (origin: string, published: string): boolean =>
  origin === published || (import.meta.env.MODE === 'sandbox' && new URL(origin).hostname === '127.0.0.1');

/** The way an action calls the provider of `connection`, whose API is at `origin`. */
export function callAs(
  actionId: ActionId,
  connection: Connection,
  origin: string,
  isBackground: boolean,
): Call {
  const { providerId } = actionOf(actionId);
  const provider = providers.get(providerId);
  const isDirect = connection.accessMode === 'direct';
  if (
    provider === undefined ||
    connection.providerId !== providerId ||
    (isDirect && !isTrusted(origin, provider.origin))
  ) {
    throw new Failure('provider-misconfigured');
  }
  const relayed = brokered(connection.id, isBackground);
  const own = isDirect ? direct(connection.id, origin) : relayed;
  // What has to leave an event at the provider is written by the relay: that takes two calls and a memory.
  const transport = provider.timeline === null ? own : byKind(own, relayed);
  return callOver(governed(transport), actionId, provider, connection);
}

/** Calls from this browser, with a grant. */
const direct = (connectionId: ConnectionId, origin: string): Transport => ({
  isBrokered: false,
  async send({ method, path, body }) {
    const { accessToken } = await grantOf(connectionId);
    try {
      const response = await fetch(origin + path, {
        method,
        headers: {
          Authorization: `Bearer ${accessToken}`,
          Accept: 'application/json',
          // A file says by itself what it is.
          ...(typeof body === 'string' ? { 'Content-Type': 'application/json' } : {}),
        },
        ...(body === undefined ? {} : { body }),
        credentials: 'omit',
        cache: 'no-store',
        redirect: 'error',
        signal: AbortSignal.timeout(body instanceof FormData ? fileTimeoutMs : timeoutMs),
      });
      if (response.status === 401) await dropGrant(connectionId);
      return response;
    } catch (error) {
      const code = navigator.onLine ? (method === 'GET' ? 'provider-down' : 'outcome-unknown') : 'offline';
      throw new Failure(code, { cause: error });
    }
  },
});

/** Calls that the relay makes: this browser never holds the token. */
const brokered = (connectionId: ConnectionId, isBackground: boolean): Transport => ({
  isBrokered: true,
  send: (request) => callProviderThroughRelay(connectionId, { ...request, isBackground }),
});

/** Reads one way and writes the other. */
const byKind = (reading: Transport, writing: Transport): Transport => ({
  isBrokered: reading.isBrokered && writing.isBrokered,
  send: (request) => (request.method === 'GET' ? reading : writing).send(request),
});

/** Keeps away from a provider that asked for a pause, and takes in what it says of its quota. */
const governed = ({ send, isBrokered }: Transport): Transport => ({
  isBrokered,
  async send(request) {
    await refuseEarly(request.path);
    const response = await send(request);
    await noteQuota(request.path, response);
    return response;
  },
});
