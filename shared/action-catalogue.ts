/** What the relay and the extension both need to know of an action; how it runs is the extension's business. */
export interface CatalogueEntry {
  providerId: string;
  /** The action as a member and an administrator read it. */
  name: Readonly<Record<'it' | 'en', string>>;
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
    name: { it: 'Riconoscere il tuo account', en: 'Recognise your account' },
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
    name: { it: 'Cercare clienti', en: 'Find clients' },
    providerId: 'fatture-in-cloud',
    scopes: ['entity.clients:r'],
    endpoints: [
      { method: 'GET', path: '/c/{company_id}/entities/clients' },
      { method: 'GET', path: '/c/{company_id}/entities/clients/{client_id}' },
    ],
    writes: false,
  },
  'fic.client.create': {
    name: { it: 'Creare clienti', en: 'Create clients' },
    providerId: 'fatture-in-cloud',
    scopes: ['entity.clients:a'],
    endpoints: createEntityEndpoints('clients'),
    writes: true,
  },
  'fic.client.update': {
    name: { it: 'Aggiornare i clienti', en: 'Update clients' },
    providerId: 'fatture-in-cloud',
    scopes: ['entity.clients:a'],
    endpoints: updateEntityEndpoints('clients'),
    writes: true,
  },
  'fic.supplier.find': {
    name: { it: 'Cercare i fornitori', en: 'Find suppliers' },
    providerId: 'fatture-in-cloud',
    scopes: ['entity.suppliers:r'],
    endpoints: [{ method: 'GET', path: '/c/{company_id}/entities/suppliers' }],
    isOptional: true,
    writes: false,
  },
  'fic.supplier.create': {
    name: { it: 'Creare i fornitori', en: 'Create suppliers' },
    providerId: 'fatture-in-cloud',
    scopes: ['entity.suppliers:a'],
    endpoints: createEntityEndpoints('suppliers'),
    isOptional: true,
    writes: true,
  },
  'fic.supplier.update': {
    name: { it: 'Aggiornare i fornitori', en: 'Update suppliers' },
    providerId: 'fatture-in-cloud',
    scopes: ['entity.suppliers:a'],
    endpoints: updateEntityEndpoints('suppliers'),
    isOptional: true,
    writes: true,
  },
  'fic.client.show': {
    name: {
      it: 'Vedere cosa è stato fatturato ai clienti e cosa devono',
      en: 'See what clients were invoiced and owe',
    },
    providerId: 'fatture-in-cloud',
    scopes: ['issued_documents.invoices:r'],
    endpoints: [{ method: 'GET', path: '/c/{company_id}/issued_documents' }],
    isOptional: true,
    writes: false,
  },
  'fic.proforma.create': {
    name: {
      it: 'Fare bozze (proforma) dalle fatture di Stora e dagli ordini nelle pagine',
      en: 'Make drafts (pro forma) from Stora invoices and orders on pages',
    },
    providerId: 'fatture-in-cloud',
    scopes: ['issued_documents.proformas:a', 'settings:r'],
    endpoints: documentEndpoints,
    isOptional: true,
    writes: true,
  },
  'fic.quote.create': {
    name: { it: 'Fare preventivi dall’ordine in una pagina', en: 'Make quotes from the order on a page' },
    providerId: 'fatture-in-cloud',
    scopes: ['issued_documents.quotes:a', 'settings:r'],
    endpoints: documentEndpoints,
    isOptional: true,
    writes: true,
  },
  'fic.order.create': {
    name: { it: 'Fare ordini dall’ordine in una pagina', en: 'Make orders from the order on a page' },
    providerId: 'fatture-in-cloud',
    scopes: ['issued_documents.orders:a', 'settings:r'],
    endpoints: documentEndpoints,
    isOptional: true,
    writes: true,
  },
  'fic.delivery_note.create': {
    name: { it: 'Fare documenti di trasporto', en: 'Make delivery notes' },
    providerId: 'fatture-in-cloud',
    scopes: ['issued_documents.delivery_notes:a', 'settings:r'],
    endpoints: documentEndpoints,
    isOptional: true,
    writes: true,
  },
  'fic.invoice.create': {
    name: { it: 'Fare fatture, senza inviarle', en: 'Make invoices, without sending them' },
    providerId: 'fatture-in-cloud',
    scopes: ['issued_documents.invoices:a', 'settings:r'],
    endpoints: [...documentEndpoints, { method: 'GET', path: '/c/{company_id}/issued_documents/info' }],
    isOptional: true,
    writes: true,
  },
  'fic.document.find': {
    name: { it: 'Vedere i documenti di un cliente', en: 'See a client’s documents' },
    providerId: 'fatture-in-cloud',
    scopes: documentScopes('r'),
    endpoints: [{ method: 'GET', path: '/c/{company_id}/issued_documents' }],
    isOptional: true,
    writes: false,
  },
  'fic.document.convert': {
    name: { it: 'Passare da preventivo a ordine a fattura', en: 'Turn quotes into orders into invoices' },
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
    name: { it: 'Inviare documenti per e-mail', en: 'Send documents by e-mail' },
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
    name: {
      it: 'Controllare le fatture e inviarle allo SDI',
      en: 'Check invoices and send them to the exchange',
    },
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
    name: { it: 'Registrare le spese', en: 'Register expenses' },
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
    name: { it: 'Registrare i corrispettivi', en: 'Record takings' },
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
    name: { it: 'Cercare i prodotti', en: 'Find products' },
    providerId: 'fatture-in-cloud',
    scopes: ['products:r'],
    endpoints: [{ method: 'GET', path: '/c/{company_id}/products' }],
    isOptional: true,
    writes: false,
  },
  // The relay subscribes by itself: no call of the member's.
  'fic.notice.receive': {
    name: { it: 'Ricevere avvisi sulle fatture elettroniche', en: 'Be told of electronic invoices' },
    providerId: 'fatture-in-cloud',
    scopes: ['issued_documents.invoices:r', 'received_documents:r'],
    endpoints: [],
    isOptional: true,
    writes: false,
  },
  'stora.operator.show': {
    name: { it: 'Vedere il nome dell’operatore', en: 'See the operator’s name' },
    providerId: 'stora',
    scopes: [],
    endpoints: [{ method: 'GET', path: '/oauth2/token/info' }],
    writes: false,
  },
  'stora.contact.find': {
    name: { it: 'Cercare contatti', en: 'Find contacts' },
    providerId: 'stora',
    scopes: ['public.contact:read'],
    endpoints: [{ method: 'GET', path: '/2025-09/contacts' }],
    writes: false,
  },
  'stora.contact.show': {
    name: { it: 'Vedere box e fatture di un contatto', en: 'See a contact’s units and invoices' },
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
    name: { it: 'Leggere le fatture', en: 'Read invoices' },
    providerId: 'stora',
    scopes: ['public.invoice:read'],
    endpoints: [{ method: 'GET', path: '/2025-09/invoices' }],
    writes: false,
  },
  'stora.notice.receive': {
    name: {
      it: 'Ricevere avvisi su pagamenti, prenotazioni e attività',
      en: 'Be told of payments, bookings and tasks',
    },
    providerId: 'stora',
    scopes: ['public.webhook_endpoint:read', 'public.webhook_endpoint:write'],
    endpoints: [],
    isOptional: true,
    writes: false,
  },
  'stora.unit.find': {
    name: { it: 'Vedere i box liberi', en: 'See free units' },
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
    name: { it: 'Prodotti e prezzi', en: 'Products and prices' },
    providerId: 'stora',
    scopes: ['public.product:read'],
    endpoints: [{ method: 'GET', path: '/2025-09/products' }],
    writes: false,
  },
  'stora.order.find': {
    name: { it: 'Prenotazioni recenti', en: 'Recent bookings' },
    providerId: 'stora',
    scopes: ['public.order:read', 'public.site:read'],
    endpoints: [{ method: 'GET', path: '/2025-09/orders' }],
    writes: false,
  },
  'stora.contact.save': {
    name: { it: 'Creare contatti', en: 'Create contacts' },
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
    name: { it: 'Aggiungere note', en: 'Add notes' },
    providerId: 'stora',
    scopes: ['public.note:write', 'public.timeline_event:write'],
    endpoints: [{ method: 'POST', path: '/2025-09/notes' }],
    writes: true,
  },
  'stora.task.create': {
    name: { it: 'Aggiungere attività', en: 'Add tasks' },
    providerId: 'stora',
    scopes: ['public.staff:read', 'public.task:read', 'public.task:write', 'public.timeline_event:write'],
    endpoints: [
      { method: 'GET', path: '/2025-09/tasks' },
      { method: 'POST', path: '/2025-09/tasks' },
    ],
    writes: true,
  },
  'stora.deal.create': {
    name: { it: 'Aprire trattative', en: 'Open deals' },
    providerId: 'stora',
    scopes: ['public.deal:write', 'public.deal_stage:read', 'public.timeline_event:write'],
    endpoints: [
      { method: 'GET', path: '/2025-09/deals/stages' },
      { method: 'POST', path: '/2025-09/deals' },
    ],
    writes: true,
  },
} as const satisfies Record<string, CatalogueEntry>;
