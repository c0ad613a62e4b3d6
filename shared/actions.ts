import type { Provider } from './provider.ts';
import { coversScope, leastScopes } from './scopes.ts';

/** What the relay and the extension both need to know of an action; how it runs is the extension's business. */
interface CatalogueEntry {
  providerId: string;
  /** Scopes the action's calls need, provider spelling. */
  scopes: readonly string[];
  /** Provider calls the action may make: method and path template. */
  endpoints: ReadonlyArray<{ method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'; path: `/${string}` }>;
  /** Off until the member switches it on: it needs permissions that the others do not. */
  isOptional?: boolean;
  /** Whether it changes anything at the provider. */
  writes: boolean;
}

/** Looking for a document, adding it up, making it, and taking back a double. */
const documentEndpoints = [
  { method: 'GET', path: '/c/{company_id}/info/vat_types' },
  { method: 'GET', path: '/c/{company_id}/issued_documents' },
  { method: 'POST', path: '/c/{company_id}/issued_documents' },
  { method: 'POST', path: '/c/{company_id}/issued_documents/totals' },
  { method: 'DELETE', path: '/c/{company_id}/issued_documents/{document_id}' },
] as const satisfies CatalogueEntry['endpoints'];

/** Every kind of document that members work with here. */
const documentScopes = (level: 'r' | 'a') =>
  (['quotes', 'orders', 'proformas', 'delivery_notes', 'invoices'] as const).map(
    (kind) => `issued_documents.${kind}:${level}` as const,
  );

/** Looking for a client or supplier, making it, and taking back a double. */
const createEntityEndpoints = (kind: 'clients' | 'suppliers') =>
  [
    { method: 'GET', path: `/c/{company_id}/entities/${kind}` },
    { method: 'POST', path: `/c/{company_id}/entities/${kind}` },
    { method: 'DELETE', path: `/c/{company_id}/entities/${kind}/{entity_id}` },
  ] as const satisfies CatalogueEntry['endpoints'];

/** Comparing a client or supplier with what a page says, and changing it. */
const updateEntityEndpoints = (kind: 'clients' | 'suppliers') =>
  [
    { method: 'GET', path: `/c/{company_id}/entities/${kind}` },
    { method: 'PUT', path: `/c/{company_id}/entities/${kind}/{entity_id}` },
  ] as const satisfies CatalogueEntry['endpoints'];

/** The catalogue of actions, by id. An id is `provider.noun.verb` and the name of the action's file. */
export const actions = {
  'fic.company.list': {
    providerId: 'fatture-in-cloud',
    scopes: [],
    endpoints: [
      { method: 'GET', path: '/user/info' },
      { method: 'GET', path: '/user/companies' },
      { method: 'GET', path: '/c/{company_id}/company/info' },
      { method: 'GET', path: '/c/{company_id}/company/plan_usage' },
    ],
    writes: false,
  },
  'fic.client.find': {
    providerId: 'fatture-in-cloud',
    scopes: ['entity.clients:r'],
    endpoints: [
      { method: 'GET', path: '/c/{company_id}/entities/clients' },
      { method: 'GET', path: '/c/{company_id}/entities/clients/{client_id}' },
    ],
    writes: false,
  },
  'fic.client.create': {
    providerId: 'fatture-in-cloud',
    scopes: ['entity.clients:a'],
    endpoints: createEntityEndpoints('clients'),
    writes: true,
  },
  'fic.client.update': {
    providerId: 'fatture-in-cloud',
    scopes: ['entity.clients:a'],
    endpoints: updateEntityEndpoints('clients'),
    writes: true,
  },
  'fic.supplier.find': {
    providerId: 'fatture-in-cloud',
    scopes: ['entity.suppliers:r'],
    endpoints: [{ method: 'GET', path: '/c/{company_id}/entities/suppliers' }],
    isOptional: true,
    writes: false,
  },
  'fic.supplier.create': {
    providerId: 'fatture-in-cloud',
    scopes: ['entity.suppliers:a'],
    endpoints: createEntityEndpoints('suppliers'),
    isOptional: true,
    writes: true,
  },
  'fic.supplier.update': {
    providerId: 'fatture-in-cloud',
    scopes: ['entity.suppliers:a'],
    endpoints: updateEntityEndpoints('suppliers'),
    isOptional: true,
    writes: true,
  },
  'fic.client.show': {
    providerId: 'fatture-in-cloud',
    scopes: ['issued_documents.invoices:r'],
    endpoints: [{ method: 'GET', path: '/c/{company_id}/issued_documents' }],
    isOptional: true,
    writes: false,
  },
  'fic.proforma.create': {
    providerId: 'fatture-in-cloud',
    scopes: ['issued_documents.proformas:a', 'settings:r'],
    endpoints: documentEndpoints,
    isOptional: true,
    writes: true,
  },
  'fic.quote.create': {
    providerId: 'fatture-in-cloud',
    scopes: ['issued_documents.quotes:a', 'settings:r'],
    endpoints: documentEndpoints,
    isOptional: true,
    writes: true,
  },
  'fic.order.create': {
    providerId: 'fatture-in-cloud',
    scopes: ['issued_documents.orders:a', 'settings:r'],
    endpoints: documentEndpoints,
    isOptional: true,
    writes: true,
  },
  'fic.delivery_note.create': {
    providerId: 'fatture-in-cloud',
    scopes: ['issued_documents.delivery_notes:a', 'settings:r'],
    endpoints: documentEndpoints,
    isOptional: true,
    writes: true,
  },
  'fic.invoice.create': {
    providerId: 'fatture-in-cloud',
    scopes: ['issued_documents.invoices:a', 'settings:r'],
    endpoints: [...documentEndpoints, { method: 'GET', path: '/c/{company_id}/issued_documents/info' }],
    isOptional: true,
    writes: true,
  },
  'fic.document.find': {
    providerId: 'fatture-in-cloud',
    scopes: documentScopes('r'),
    endpoints: [{ method: 'GET', path: '/c/{company_id}/issued_documents' }],
    isOptional: true,
    writes: false,
  },
  'fic.document.convert': {
    providerId: 'fatture-in-cloud',
    scopes: documentScopes('a'),
    endpoints: [
      { method: 'GET', path: '/c/{company_id}/issued_documents' },
      { method: 'GET', path: '/c/{company_id}/issued_documents/{document_id}' },
      { method: 'GET', path: '/c/{company_id}/issued_documents/info' },
      { method: 'GET', path: '/c/{company_id}/issued_documents/transform' },
      { method: 'POST', path: '/c/{company_id}/issued_documents' },
      { method: 'DELETE', path: '/c/{company_id}/issued_documents/{document_id}' },
    ],
    isOptional: true,
    writes: true,
  },
  // The published document asks no more than reading for sending; the list of what was sent tells what became of it.
  'fic.document.send': {
    providerId: 'fatture-in-cloud',
    scopes: [...documentScopes('r'), 'emails:r'],
    endpoints: [
      { method: 'GET', path: '/c/{company_id}/emails' },
      { method: 'GET', path: '/c/{company_id}/issued_documents/{document_id}/email' },
      { method: 'POST', path: '/c/{company_id}/issued_documents/{document_id}/email' },
    ],
    isOptional: true,
    writes: true,
  },
  'fic.einvoice.send': {
    providerId: 'fatture-in-cloud',
    scopes: ['issued_documents.invoices:a'],
    endpoints: [
      { method: 'GET', path: '/c/{company_id}/issued_documents/{document_id}' },
      { method: 'GET', path: '/c/{company_id}/issued_documents/{document_id}/e_invoice/xml_verify' },
      { method: 'GET', path: '/c/{company_id}/issued_documents/{document_id}/e_invoice/error_reason' },
      { method: 'POST', path: '/c/{company_id}/issued_documents/{document_id}/e_invoice/send' },
    ],
    isOptional: true,
    writes: true,
  },
  'fic.expense.create': {
    providerId: 'fatture-in-cloud',
    scopes: ['received_documents:a'],
    endpoints: [
      { method: 'GET', path: '/c/{company_id}/received_documents' },
      { method: 'POST', path: '/c/{company_id}/received_documents' },
      { method: 'POST', path: '/c/{company_id}/received_documents/attachment' },
      { method: 'DELETE', path: '/c/{company_id}/received_documents/{document_id}' },
    ],
    isOptional: true,
    writes: true,
  },
  'fic.receipt.create': {
    providerId: 'fatture-in-cloud',
    scopes: ['receipts:a'],
    endpoints: [
      { method: 'GET', path: '/c/{company_id}/receipts/info' },
      { method: 'GET', path: '/c/{company_id}/receipts' },
      { method: 'POST', path: '/c/{company_id}/receipts' },
    ],
    isOptional: true,
    writes: true,
  },
  'fic.product.find': {
    providerId: 'fatture-in-cloud',
    scopes: ['products:r'],
    endpoints: [{ method: 'GET', path: '/c/{company_id}/products' }],
    isOptional: true,
    writes: false,
  },
  // The relay subscribes by itself: no call of the member's.
  'fic.notice.receive': {
    providerId: 'fatture-in-cloud',
    scopes: ['issued_documents.invoices:r', 'received_documents:r'],
    endpoints: [],
    isOptional: true,
    writes: false,
  },
  'stora.operator.show': {
    providerId: 'stora',
    scopes: [],
    endpoints: [{ method: 'GET', path: '/oauth2/token/info' }],
    writes: false,
  },
  'stora.contact.find': {
    providerId: 'stora',
    scopes: ['public.contact:read'],
    endpoints: [{ method: 'GET', path: '/2025-09/contacts' }],
    writes: false,
  },
  'stora.contact.show': {
    providerId: 'stora',
    scopes: [
      'public.contact:read',
      'public.invoice:read',
      'public.site:read',
      'public.subscription:read',
      'public.tenancy:read',
      'public.unit:read',
      'public.unit_allocation:read',
    ],
    endpoints: [
      { method: 'GET', path: '/2025-09/contacts/{contact_id}' },
      { method: 'GET', path: '/2025-09/invoices' },
      { method: 'GET', path: '/2025-09/unit_allocations' },
    ],
    writes: false,
  },
  'stora.invoice.find': {
    providerId: 'stora',
    scopes: ['public.invoice:read'],
    endpoints: [{ method: 'GET', path: '/2025-09/invoices' }],
    writes: false,
  },
  'stora.notice.receive': {
    providerId: 'stora',
    scopes: ['public.webhook_endpoint:read', 'public.webhook_endpoint:write'],
    endpoints: [],
    isOptional: true,
    writes: false,
  },
  'stora.unit.find': {
    providerId: 'stora',
    scopes: ['public.site:read', 'public.unit:read', 'public.unit_type:read'],
    endpoints: [
      { method: 'GET', path: '/2025-09/sites' },
      { method: 'GET', path: '/2025-09/unit_types' },
      { method: 'GET', path: '/2025-09/units' },
    ],
    writes: false,
  },
  'stora.product.find': {
    providerId: 'stora',
    scopes: ['public.product:read'],
    endpoints: [{ method: 'GET', path: '/2025-09/products' }],
    writes: false,
  },
  'stora.order.find': {
    providerId: 'stora',
    scopes: ['public.order:read', 'public.site:read'],
    endpoints: [{ method: 'GET', path: '/2025-09/orders' }],
    writes: false,
  },
  'stora.contact.save': {
    providerId: 'stora',
    scopes: ['public.contact:read', 'public.contact:write', 'public.timeline_event:write'],
    endpoints: [
      { method: 'GET', path: '/2025-09/contacts' },
      { method: 'POST', path: '/2025-09/contacts' },
      { method: 'PATCH', path: '/2025-09/contacts/{contact_id}' },
    ],
    writes: true,
  },
  'stora.note.create': {
    providerId: 'stora',
    scopes: ['public.note:write', 'public.timeline_event:write'],
    endpoints: [{ method: 'POST', path: '/2025-09/notes' }],
    writes: true,
  },
  'stora.task.create': {
    providerId: 'stora',
    scopes: ['public.staff:read', 'public.task:read', 'public.task:write', 'public.timeline_event:write'],
    endpoints: [
      { method: 'GET', path: '/2025-09/tasks' },
      { method: 'POST', path: '/2025-09/tasks' },
    ],
    writes: true,
  },
  'stora.deal.create': {
    providerId: 'stora',
    scopes: ['public.deal:write', 'public.deal_stage:read', 'public.timeline_event:write'],
    endpoints: [
      { method: 'GET', path: '/2025-09/deals/stages' },
      { method: 'POST', path: '/2025-09/deals' },
    ],
    writes: true,
  },
} as const satisfies Record<string, CatalogueEntry>;

/** Id of an action: `fic.client.create`. */
export type ActionId = keyof typeof actions;

/** All ids, as a non-empty tuple for schemas. */
export const actionIds = Object.keys(actions) as [ActionId, ...ActionId[]]; // keys of a constant

/** The catalogue's entry for `id`. */
export function actionOf(id: ActionId): CatalogueEntry {
  return actions[id];
}

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
