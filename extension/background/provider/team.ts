import type { z } from 'zod';
import { listConnections } from '../../../shared/api/connections.ts';
import { allowsSite, Decision } from '../../../shared/policy.ts';
import { slot } from '../../storage.ts';
import { keepGrantsOf } from './grants.ts';
import { beforeJoining } from '../wire/joining.ts';
import { callRelay } from '../wire/relay.ts';

/** What the relay says of the member: their connections, what is off for them, and what they may do for the team. */
export type Standing = z.infer<typeof listConnections.output>;

/** What was last heard to be off; another start of the browser asks again. */
const heard = slot('session', 'policy', Decision, 'team');

/** Told when something else is off than before. */
const listeners: Array<() => Promise<void>> = [];

/** Has `listener` told when something else is off than before. */
export const onPolicyChange = (listener: () => Promise<void>): void => void listeners.push(listener);

/** The list that is on its way. */
let asking: Promise<Standing> | null = null;

/** Asks the relay. Of two who ask at once both want the same list; no connection of it is kept. */
export function readStanding(): Promise<Standing> {
  if (asking !== null) return asking;
  const own: Promise<Standing> = ask(() => asking === own).finally(() => {
    if (asking === own) asking = null;
  });
  asking = own;
  return own;
}

/** Has the next who asks hear of a change that was just made: a list on its way may be from before it. */
export function renewStanding(): void {
  asking = null;
}

async function ask(isNewest: () => boolean): Promise<Standing> {
  const answer = await callRelay(listConnections, {}, {});
  // Nothing follows from a list that may be older than what is known by now.
  if (!isNewest()) return answer;
  // A token that is held from before would still work at the provider.
  await keepGrantsOf(answer.connections.filter(({ accessMode }) => accessMode === 'direct'));
  const before = await heard.read();
  if (JSON.stringify(before) !== JSON.stringify(answer.policy)) {
    await heard.write(answer.policy);
    // The list is as it is, whatever becomes of what follows from it, and whenever.
    void Promise.allSettled(listeners.map((listener) => listener()));
  }
  return answer;
}

beforeJoining(async () => renewStanding());

/**
 * Whether the team lets the member work on this site, as last heard; asked once where nothing was heard yet.
 *
 * @throws Failure as `callRelay`
 */
export async function mayWorkOn(origin: string): Promise<boolean> {
  return allowsSite((await heard.read()) ?? (await readStanding()).policy, origin, []);
}

/** The same for who cannot ask: what was not heard is not off. */
export async function isSiteOff(origin: string): Promise<boolean> {
  const policy = await heard.read();
  return policy !== null && !allowsSite(policy, origin, []);
}
