import { z } from 'zod';
import { createGrant, Grant, minTtlSecondsDefault } from '../../../shared/api/grants.ts';
import type { ConnectionId } from '../../../shared/ids.ts';
import { slot } from '../../storage.ts';
import { beforeJoining } from '../wire/joining.ts';
import { callRelay } from '../wire/relay.ts';

/** Grants by connection. `storage.session` is memory: a grant never reaches the disk. */
const grants = slot('session', 'grants', z.record(z.string(), Grant), 'team');

/** Grants that are on their way; one whose connection is forgotten or made anew meanwhile is taken out, and not kept. */
const inFlight = new Map<ConnectionId, Promise<Grant>>();

beforeJoining(async () => inFlight.clear());

/** The grant held for `connectionId`, if any, however long it still lives. */
export async function heldGrant(connectionId: ConnectionId): Promise<Grant | null> {
  return (await grants.read())?.[connectionId] ?? null;
}

/** Keeps a grant that came with an exchange. */
export async function holdGrant(grant: Grant): Promise<void> {
  inFlight.delete(grant.connectionId);
  await keep(grant);
}

const keep = (grant: Grant): Promise<unknown> =>
  grants.change((before) => ({ ...before, [grant.connectionId]: grant }));

/** Forgets the grant of `connectionId`. */
export async function dropGrant(connectionId: ConnectionId): Promise<void> {
  inFlight.delete(connectionId);
  await grants.change((before) => {
    const { [connectionId]: _, ...rest } = before ?? {};
    return rest;
  });
}

/** Forgets the grants of all but these connections: the others are gone, or the relay makes their calls now. */
export async function keepGrantsOf(connections: ReadonlyArray<{ id: ConnectionId }>): Promise<void> {
  const isKept = (id: string): boolean => connections.some((connection) => connection.id === id);
  for (const id of inFlight.keys()) if (!isKept(id)) inFlight.delete(id);
  const held = Object.keys((await grants.read()) ?? {});
  if (held.every(isKept)) return;
  await grants.change((before) =>
    Object.fromEntries(Object.entries(before ?? {}).filter(([id]) => isKept(id))),
  );
}

/**
 * An access token of `connectionId` that lives for at least a minute, from memory or from the relay; callers that
 * arrive together share one request.
 *
 * @throws Failure `expired` · `revoked` · `interrupted` · `provider-down` · `relay-down` · `not-found`
 */
export async function grantOf(connectionId: ConnectionId): Promise<Grant> {
  const held = await heldGrant(connectionId);
  if (held !== null && held.expiresAtMs > Date.now() + minTtlSecondsDefault * 1000) return held;
  return inFlight.get(connectionId) ?? fetchGrant(connectionId);
}

async function fetchGrant(connectionId: ConnectionId): Promise<Grant> {
  const flight = callRelay(createGrant, { connectionId }, {});
  inFlight.set(connectionId, flight);
  const isWanted = (): boolean => inFlight.get(connectionId) === flight;
  try {
    const grant = await flight;
    if (isWanted()) await keep(grant);
    return grant;
  } finally {
    if (isWanted()) inFlight.delete(connectionId);
  }
}
