import type { Provider, Scope } from '../provider.ts';

/** What each resource is called in the sentence that describes a scope: `Vedere …`, `See …`. */
const resources: ReadonlyArray<readonly [resource: string, levels: 'r' | 'rw', it: string, en: string]> = [
  ['access_token', 'r', 'chi ha creato i token di accesso', 'who made access tokens'],
  ['application', 'r', 'le applicazioni collegate', 'connected applications'],
  ['contact', 'rw', 'i contatti', 'contacts'],
  ['contract', 'r', 'i contratti', 'contracts'],
  ['contract_template', 'r', 'i modelli di contratto', 'contract templates'],
  ['coupon', 'r', 'i buoni sconto', 'coupons'],
  ['credit_note', 'r', 'le note di credito', 'credit notes'],
  ['deal', 'rw', 'le trattative', 'deals'],
  ['deal_stage', 'r', 'le fasi delle trattative', 'deal stages'],
  ['identity_verification', 'r', 'le verifiche d’identità', 'identity verifications'],
  ['invoice', 'r', 'le fatture', 'invoices'],
  ['note', 'rw', 'le note', 'notes'],
  ['order', 'rw', 'gli ordini', 'orders'],
  ['product', 'rw', 'i prodotti', 'products'],
  ['product_category', 'r', 'le categorie di prodotti', 'product categories'],
  ['protection_level', 'rw', 'le coperture assicurative', 'protection levels'],
  ['site', 'r', 'le sedi', 'sites'],
  ['staff', 'r', 'il personale', 'staff'],
  ['subscription', 'r', 'gli abbonamenti', 'subscriptions'],
  ['task', 'rw', 'le attività da fare', 'tasks'],
  ['tenancy', 'r', 'le locazioni', 'tenancies'],
  ['timeline_event', 'rw', 'gli eventi della cronologia', 'timeline events'],
  ['timeline_source', 'r', 'le origini della cronologia', 'timeline sources'],
  ['timeline_template', 'r', 'i modelli della cronologia', 'timeline templates'],
  ['unit', 'rw', 'i box', 'units'],
  ['unit_allocation', 'r', 'le assegnazioni dei box', 'unit allocations'],
  ['unit_type', 'rw', 'i tipi di box', 'unit types'],
  ['webhook_endpoint', 'rw', 'gli avvisi automatici (webhook)', 'webhook endpoints'],
];

/** Whether writing includes reading is not documented: each scope stands for itself, and both are asked for. */
const scope = (name: string, level: Scope['level'], it: string, en: string): Scope => ({
  name,
  resource: name,
  level,
  meaning: { it, en },
});

/**
 * Stora, public API of version 2025-09, for operators of self-storage.
 *
 * Not documented, and the behaviour chosen: the address of the authorization page (by the pattern of its other routes),
 * revocation (tried; a 404 is told as "none"), what becomes of an old pair of tokens (taken as dead at the latest when
 * the new one is first used: the new pair is stored before that), what the rate limit counts by (taken as the operator).
 *
 * Calls are brokered: Stora asks it of browser extensions, and a refresh may end an access token that a browser holds.
 *
 * @see https://docs.stora.co/2025-09/guides/authentication · /authorization · /requests · /distributing-public-plugins
 */
export const stora: Provider = {
  id: 'stora',
  name: 'Stora',
  origin: 'https://public-api.stora.co',
  authorizationEndpoint: '/oauth2/authorize',
  tokenEndpoint: '/oauth2/token',
  tokenRequest: 'json',
  revocationEndpoint: '/oauth2/revoke',
  deviceAuthorizationEndpoint: null,
  clientAuthentication: 'client_secret_post',
  methods: ['authorization-code'],
  methodsOnRequest: [],
  device: null,
  manualToken: null,
  pkce: true,
  issuer: null,
  tokens: {
    accessPrefix: '',
    refreshPrefix: '',
    codePrefix: '',
    codeSeconds: 600,
    accessSeconds: 7_200,
    refreshIdleSeconds: null,
    rotates: true,
  },
  quotas: [
    { calls: 10, perSeconds: 1, window: 'sliding', per: 'account', refusal: 429, remainingHeader: null },
    { calls: 60, perSeconds: 60, window: 'sliding', per: 'account', refusal: 429, remainingHeader: null },
  ],
  // Stora's advice: catalogue data for hours, occupancy and invoices only briefly.
  cache: [
    { path: '/2025-09/sites', seconds: 3_600 },
    { path: '/2025-09/unit_types', seconds: 3_600 },
    { path: '/2025-09/deals/stages', seconds: 3_600 },
    { path: '/2025-09/', seconds: 10 },
  ],
  timeline: { path: '/2025-09/timeline/events', scope: 'public.timeline_event:write' },
  idempotencyKeys: true,
  webhooks: { signature: 'hmac', kinds: ['invoice-paid', 'booking-new', 'task-assigned'] },
  accessMode: 'brokered',
  revocationSteps: {
    it: 'In Stora: BackOffice › Settings › Public API, oppure chiedi all’assistenza di Stora di togliere l’applicazione.',
    en: 'In Stora: BackOffice › Settings › Public API, or ask Stora’s support to remove the application.',
  },
  scopes: resources.flatMap(([resource, levels, it, en]) => {
    const read = scope(`public.${resource}:read`, 'read', `Vedere ${it}`, `See ${en}`);
    if (levels === 'r') return [read];
    const write = scope(
      `public.${resource}:write`,
      'write',
      `Creare e modificare ${it}`,
      `Create and change ${en}`,
    );
    return [read, write];
  }),
};
