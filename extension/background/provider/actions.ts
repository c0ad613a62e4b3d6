import { z } from 'zod';
import {
  actionIds,
  actionOf,
  actionsWithin,
  isOnAtFirst,
  noticeActionOf,
  type ActionId,
} from '../../../shared/actions.ts';
import { Failure } from '../../../shared/failure.ts';
import { allowsAction, type Decision } from '../../../shared/policy.ts';
import { providers } from '../../../shared/providers/registry.ts';
import { slot } from '../../storage.ts';

/** What the member decided of an action; one they did not decide about is as it is at first. */
const decided = slot('local', 'actions', z.partialRecord(z.enum(actionIds), z.boolean()));

/** What the relay says of a provider, as far as actions go. */
interface Allowed {
  id: string;
  /** The most that may be asked for. */
  scopes: readonly string[];
  /** What members may be told of. */
  notices: readonly unknown[];
}

/** An action that can be offered, and whether it is on. */
export interface OfferedAction {
  id: ActionId;
  /** Never for one that is off for the member. */
  isOn: boolean;
  /** The team has switched it off for this member. */
  isBlocked: boolean;
}

/** The actions that the relay offers, and which of them the member has on. One that needs no scope is always on. */
export async function readActions(
  { id, scopes, notices }: Allowed,
  policy: Decision,
): Promise<OfferedAction[]> {
  const provider = providers.get(id);
  if (provider === undefined) return [];
  const choices = (await decided.read()) ?? {};
  const possible = actionsWithin(provider, scopes).filter(
    (action) => notices.length > 0 || action !== noticeActionOf(id),
  );
  return possible.map((action) => {
    const isBlocked = !allowsAction(policy, action);
    return { id: action, isOn: !isBlocked && (choices[action] ?? isOnAtFirst(action)), isBlocked };
  });
}

/** Ids of the actions that are on. */
export async function readActionsOn(allowed: Allowed, policy: Decision): Promise<ActionId[]> {
  return (await readActions(allowed, policy)).filter(({ isOn }) => isOn).map(({ id }) => id);
}

/** Switches an action on or off for this browser. */
export async function setAction(id: ActionId, isOn: boolean): Promise<void> {
  if (actionOf(id).scopes.length === 0) return;
  await decided.change((before) => ({ ...before, [id]: isOn }));
}

/**
 * Refuses an action that is not on, by what `readActions` has said.
 *
 * @throws Failure `blocked-by-admin` · `action-off`
 */
export function requireAction(id: ActionId, actions: readonly OfferedAction[]): void {
  const found = actions.find((action) => action.id === id);
  if (found === undefined) throw new Failure('blocked-by-admin', { scopes: actionOf(id).scopes });
  if (found.isBlocked) throw new Failure('blocked-by-admin');
  if (!found.isOn) throw new Failure('action-off');
}
