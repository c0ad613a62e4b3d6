import type { Provider, Scope } from '../provider.ts';

/** What each resource is called in the sentence that describes a scope: `Vedere …`, `See …`. */
const resources: ReadonlyArray<readonly [resource: string, it: string, en: string]> = [
  ['entity.clients', 'i clienti', 'your clients'],
  ['entity.suppliers', 'i fornitori', 'your suppliers'],
  ['products', 'i prodotti', 'your products'],
  ['stock', 'i movimenti di magazzino', 'stock movements'],
  ['issued_documents.invoices', 'le fatture', 'invoices'],
  ['issued_documents.credit_notes', 'le note di credito', 'credit notes'],
  ['issued_documents.receipts', 'le ricevute', 'receipts issued to clients'],
  ['issued_documents.orders', 'gli ordini', 'orders'],
  ['issued_documents.quotes', 'i preventivi', 'quotes'],
  ['issued_documents.proformas', 'le fatture proforma', 'pro forma invoices'],
  ['issued_documents.delivery_notes', 'i documenti di trasporto', 'delivery notes'],
  ['issued_documents.work_reports', 'i rapportini', 'work reports'],
  ['issued_documents.supplier_orders', 'gli ordini ai fornitori', 'orders to suppliers'],
  ['issued_documents.self_invoices', 'le autofatture', 'self-invoices'],
  ['received_documents', 'gli acquisti', 'purchases'],
  ['receipts', 'i corrispettivi', 'daily takings'],
  ['taxes', 'gli F24', 'F24 tax payments'],
  ['archive', 'i documenti in archivio', 'archived documents'],
  ['cashbook', 'la prima nota', 'the cash book'],
  ['settings', 'le impostazioni', 'the settings'],
  ['calendar', 'lo scadenzario', 'the calendar of due dates'],
];

const readable = (resource: string, it: string, en: string): Scope => ({
  name: `${resource}:r`,
  resource,
  level: 'read',
  meaning: { it: `Vedere ${it}`, en: `See ${en}` },
});

const writable = (resource: string, it: string, en: string): Scope => ({
  name: `${resource}:a`,
  resource,
  level: 'write',
  meaning: {
    it: `Vedere, creare, modificare ed eliminare ${it}`,
    en: `See, create, change and delete ${en}`,
  },
});

/**
 * Fatture in Cloud, API version 2.
 *
 * Not documented, and the behaviour chosen: PKCE (taken as absent, not sent), `iss` on the callback (taken as
 * absent), whether the old refresh token dies at once (taken as dead: one refresh at a time, new token stored first),
 * how the device flow says "no" (taken as RFC 8628's names), whether its first request may be a form (JSON is sent, as
 * the official libraries do). The device flow is switched on for an app by the provider, on request.
 *
 * @see https://developers.fattureincloud.it/docs/authentication/code-flow/ · /docs/basics/scopes · /docs/basics/limits-and-quotas
 */
export const fattureInCloud: Provider = {
  id: 'fatture-in-cloud',
  name: 'Fatture in Cloud',
  origin: 'https://api-v2.fattureincloud.it',
  authorizationEndpoint: '/oauth/authorize',
  tokenEndpoint: '/oauth/token',
  tokenRequest: 'form',
  revocationEndpoint: null,
  deviceAuthorizationEndpoint: '/oauth/device',
  clientAuthentication: 'client_secret_post',
  methods: ['authorization-code', 'manual-token'],
  methodsOnRequest: ['device-code'],
  device: { client: 'public', request: 'json' },
  manualToken: {
    steps: [
      {
        it: 'Apri Fatture in Cloud ed entra in Impostazioni › Applicazioni collegate.',
        en: 'Open Fatture in Cloud and go to Impostazioni › Applicazioni collegate.',
      },
      { it: 'Premi «Collega una nuova applicazione».', en: 'Press “Collega una nuova applicazione”.' },
      {
        it: 'Incolla il Client ID qui sotto e prosegui.',
        en: 'Paste the Client ID below and go on.',
      },
      {
        it: 'Scegli le aziende con cui vuoi lavorare.',
        en: 'Choose the companies you want to work with.',
      },
      {
        it: 'Spunta soltanto i permessi elencati qui sotto.',
        en: 'Tick only the permissions listed below.',
      },
      {
        it: 'Copia il token che compare: Fatture in Cloud lo mostra una volta sola.',
        en: 'Copy the token that appears: Fatture in Cloud shows it only once.',
      },
      { it: 'Incollalo qui sotto.', en: 'Paste it below.' },
    ],
    changeSteps: {
      it: 'In Fatture in Cloud: Impostazioni › Applicazioni collegate › Gestisci › Modifica. Il token resta lo stesso e il cambiamento vale dopo poco.',
      en: 'In Fatture in Cloud: Impostazioni › Applicazioni collegate › Gestisci › Modifica. The token stays the same and the change takes effect shortly after.',
    },
    checkPaths: ['/user/info', '/user/companies'],
  },
  pkce: false,
  issuer: null,
  tokens: {
    accessPrefix: 'a/',
    refreshPrefix: 'r/',
    codePrefix: 'c/',
    codeSeconds: 60,
    accessSeconds: 86_400,
    refreshIdleSeconds: 31_536_000,
    rotates: true,
  },
  quotas: [
    {
      calls: 300,
      perSeconds: 300,
      window: 'sliding',
      per: 'company',
      refusal: 429,
      remainingHeader: null,
    },
    {
      calls: 1_000,
      perSeconds: 3_600,
      window: 'fixed',
      per: 'company-and-app',
      refusal: 403,
      remainingHeader: 'ratelimit-hourlyremaining',
    },
    {
      calls: 40_000,
      perSeconds: 2_678_400,
      window: 'fixed',
      per: 'company-and-app',
      refusal: 403,
      remainingHeader: 'ratelimit-monthlyremaining',
    },
  ],
  cache: [],
  timeline: null,
  idempotencyKeys: false,
  webhooks: { signature: 'jwt', kinds: ['e-invoice-status', 'e-invoice-received'] },
  accessMode: 'direct',
  revocationSteps: {
    it: 'In Fatture in Cloud: Impostazioni › Applicazioni collegate › scegli l’applicazione › Rimuovi.',
    en: 'In Fatture in Cloud: Impostazioni › Applicazioni collegate › choose the application › Rimuovi.',
  },
  scopes: [
    ...resources.flatMap(([resource, it, en]) => [readable(resource, it, en), writable(resource, it, en)]),
    readable('emails', 'le e-mail inviate', 'e-mails sent'),
    readable('situation', 'la situazione economica', 'the financial situation'),
  ],
};
