import type { Provider } from './provider.ts';
import { leastScopes } from './scopes.ts';

/** What the relay and the extension both need to know of an action; how it runs is the extension's business. */
interface CatalogueEntry {
  providerId: string;
  /** Scopes the action's calls need, provider spelling. */
  scopes: readonly string[];
  /** Provider calls the action may make: method and path template. */
  endpoints: ReadonlyArray<{ method: 'GET' | 'POST' | 'PUT' | 'DELETE'; path: `/${string}` }>;
  /** Whether it changes anything at the provider. */
  writes: boolean;
}

/** The catalogue of actions, by id. An id is `provider.noun.verb` and the name of the action's file. */
export const actions = {
  'fic.company.list': {
    providerId: 'fatture-in-cloud',
    scopes: [],
    endpoints: [
      { method: 'GET', path: '/user/info' },
      { method: 'GET', path: '/user/companies' },
    ],
    writes: false,
  },
  'fic.client.find': {
    providerId: 'fatture-in-cloud',
    scopes: ['entity.clients:r'],
    endpoints: [{ method: 'GET', path: '/c/{company_id}/entities/clients' }],
    writes: false,
  },
  'fic.client.create': {
    providerId: 'fatture-in-cloud',
    scopes: ['entity.clients:a'],
    endpoints: [
      { method: 'GET', path: '/c/{company_id}/entities/clients' },
      { method: 'POST', path: '/c/{company_id}/entities/clients' },
      { method: 'DELETE', path: '/c/{company_id}/entities/clients/{client_id}' },
    ],
    writes: true,
  },
} as const satisfies Record<string, CatalogueEntry>;

/** Id of an action: `fic.client.create`. */
export type ActionId = keyof typeof actions;

/** The catalogue's entry for `id`. */
export function actionOf(id: ActionId): CatalogueEntry {
  return actions[id];
}

/** All action ids of one provider, in catalogue order. */
export function actionsOf(providerId: string): ActionId[] {
  const ids = Object.keys(actions) as ActionId[]; // keys of a constant
  return ids.filter((id) => actions[id].providerId === providerId);
}

/** The least set of scopes with which all of `ids` work; what the connect flow asks for. */
export function scopesFor(provider: Provider, ids: readonly ActionId[]): string[] {
  return leastScopes(
    provider,
    ids.flatMap((id) => actionOf(id).scopes),
  );
}
