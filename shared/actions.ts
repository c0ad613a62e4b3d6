import { actions, type CatalogueEntry } from './action-catalogue.ts';
import type { Provider } from './provider.ts';
import { coversScope, leastScopes } from './scopes.ts';

/** Id of an action: `fic.client.create`. */
export type ActionId = keyof typeof actions;

/** All ids, as a non-empty tuple for schemas. */
export const actionIds = Object.keys(actions) as [ActionId, ...ActionId[]]; // keys of a constant

/** The catalogue's entry for `id`. */
export function actionOf(id: ActionId): CatalogueEntry {
  return actions[id];
}

/** The action's name, for a person. */
export const actionName = (id: ActionId, language: 'it' | 'en'): string => actionOf(id).name[language];

/** All action ids of one provider, in catalogue order. */
export function actionsOf(providerId: string): ActionId[] {
  return actionIds.filter((id) => actions[id].providerId === providerId);
}

/** The action by which a member of this provider is told of what happens; null where there is none. */
export function noticeActionOf(providerId: string): ActionId | null {
  return actionsOf(providerId).find((id) => id.endsWith('.notice.receive')) ?? null;
}

/** Whether an action is on before anybody has decided. */
export function isOnAtFirst(id: ActionId): boolean {
  return actionOf(id).isOptional !== true;
}

/** A number, as Fatture in Cloud has them, or a prefix with letters and digits, as Stora has. */
const isIdentifier = (part: string): boolean =>
  /^(?:[1-9]\d{0,14}|[a-z]{2,10}_[A-Za-z0-9]{1,54})$/.test(part);

/** Actions of a provider that work with at most `scopes`, in catalogue order. */
export function actionsWithin(provider: Provider, scopes: readonly string[]): ActionId[] {
  return actionsOf(provider.id).filter((id) =>
    actionOf(id).scopes.every((scope) => coversScope(provider, scopes, scope)),
  );
}

/**
 * The action that makes this call, with the least scopes, among those that work with at most `scopes`.
 *
 * @param path below the API's origin, without query; one that is written in any unusual way is no path of an action
 * @param isAllowed leaves out actions that may not be done
 * @returns null where there is none
 */
export function actionFor(
  provider: Provider,
  scopes: readonly string[],
  method: string,
  path: string,
  isAllowed: (id: ActionId) => boolean = () => true,
): ActionId | null {
  const fits = (template: string): boolean => {
    const parts = template.split('/');
    const given = path.split('/');
    return (
      parts.length === given.length &&
      parts.every((part, index) =>
        part.startsWith('{') ? isIdentifier(given[index] ?? '') : part === given[index],
      )
    );
  };
  const found = actionsWithin(provider, scopes).filter(
    (id) =>
      actionOf(id).endpoints.some((endpoint) => endpoint.method === method && fits(endpoint.path)) &&
      isAllowed(id),
  );
  return found.toSorted((a, b) => Number(actionOf(a).writes) - Number(actionOf(b).writes))[0] ?? null;
}

/** The least set of scopes with which all of `ids` work; what the connect flow asks for. */
export function scopesFor(provider: Provider, ids: readonly ActionId[]): string[] {
  return leastScopes(
    provider,
    ids.flatMap((id) => actionOf(id).scopes),
  );
}
