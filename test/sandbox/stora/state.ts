import { randomBytes } from 'node:crypto';

/** A record as the API keeps it; related ones as `{ id }`. */
export type Record_ = { id: string; created_at: string; updated_at: string } & Record<string, unknown>;

/** What an operator gave to an application. */
export interface StoraGrant {
  clientId: string;
  operator: string;
  scopes: string[];
  revoked: boolean;
}

/** A pair of tokens, or a code on its way to one. */
export interface StoraPair {
  code: string | null;
  redirectUri: string;
  codeChallenge: string | null;
  access: string;
  refresh: string;
  grant: StoraGrant;
  createdAtMs: number;
  revoked: boolean;
  /** The pair that dies when this one's access token is first used. */
  replaces: StoraPair | null;
}

/** What the facts sheet does not know, one switch each. */
export interface StoraSwitches {
  /** When a refreshed pair dies: at once, or when the new access token is first used. */
  rotation: 'immediate' | 'on-first-use';
  /** Whether there is a revocation endpoint. */
  revocation: boolean;
  /** Shape of errors on OAuth routes. */
  oauthErrors: 'flat' | 'enveloped';
  /** What a request for authorization that cannot be served gets. */
  authorizeErrors: 'page' | 'redirect';
  /** Whether somebody who consented before is sent back at once. */
  skipsConsent: boolean;
  /** What `expires_in` of token info means. */
  tokenInfoExpiry: 'epoch' | 'seconds';
  /** Whether a 429 also says `Retry-After`. */
  retryAfter: boolean;
  /** Adds members that no documentation knows to every record. */
  unknownFields: boolean;
  /** Whether a list of invoices may be filtered by contact. */
  filtersInvoices: boolean;
}

/** An answer that is kept for an `Idempotency-Key`. */
export interface KeptAnswer {
  body: string;
  status: number;
  answer: string;
}

/** Everything the sandbox remembers, in memory. */
export interface StoraState {
  operator: string;
  pairs: StoraPair[];
  records: Map<string, Record_[]>;
  kept: Map<string, KeptAnswer | 'in-flight'>;
  /** Moments of counted calls, epoch milliseconds. */
  calls: number[];
  limits: { perSecond: number; perMinute: number };
  /** Types of events that may be asked for. */
  eventTypes: Set<string>;
  /** What the deliveries to each webhook endpoint are signed with, by its id. */
  webhookSecrets: Map<string, string>;
  switches: StoraSwitches;
  list(resource: string): Record_[];
  add(resource: string, prefix: string, fields: Record<string, unknown>, nowMs: number): Record_;
  secrets(): string[];
}

const token = (): string => randomBytes(32).toString('base64url');

/** A fresh pair for `grant`. */
export const newPair = (
  grant: StoraGrant,
  nowMs: number,
  more: Partial<Pick<StoraPair, 'code' | 'redirectUri' | 'codeChallenge' | 'replaces'>> = {},
): StoraPair => ({
  code: null,
  redirectUri: '',
  codeChallenge: null,
  replaces: null,
  ...more,
  access: token(),
  refresh: token(),
  grant,
  createdAtMs: nowMs,
  revoked: false,
});

/** An Italian operator with three sites and a few customers. */
export function createStoraState(clientSecrets: readonly string[], nowMs: number): StoraState {
  const state: StoraState = {
    operator: 'Depositi Adriatica S.r.l.',
    pairs: [],
    records: new Map(),
    kept: new Map(),
    calls: [],
    limits: { perSecond: 10, perMinute: 60 },
    eventTypes: new Set([
      'contact.created',
      'invoice.created',
      'invoice.paid',
      'deal.updated',
      'unit.updated',
      'order.created',
      'task.created',
      'task.updated',
    ]),
    webhookSecrets: new Map(),
    switches: {
      rotation: 'on-first-use',
      revocation: true,
      oauthErrors: 'flat',
      authorizeErrors: 'page',
      skipsConsent: false,
      tokenInfoExpiry: 'epoch',
      retryAfter: false,
      unknownFields: false,
      filtersInvoices: true,
    },
    list(resource) {
      let list = state.records.get(resource);
      if (list === undefined) state.records.set(resource, (list = []));
      return list;
    },
    add(resource, prefix, fields, at) {
      const moment = new Date(at).toISOString();
      const record: Record_ = {
        id: `${prefix}_${randomBytes(8).toString('hex')}`,
        ...fields,
        created_at: moment,
        updated_at: moment,
      };
      state.list(resource).push(record);
      return record;
    },
    secrets: () => [
      ...clientSecrets,
      ...state.webhookSecrets.values(),
      ...state.pairs.flatMap(({ access, refresh, code }) => [
        access,
        refresh,
        ...(code === null ? [] : [code]),
      ]),
    ],
  };
  seed(state, nowMs);
  return state;
}

const euro = (amount: number) => ({
  amount,
  currency: 'EUR',
  formatted: `€${(amount / 100).toFixed(2)}`,
});

function seed(state: StoraState, nowMs: number): void {
  const add = (resource: string, prefix: string, fields: Record<string, unknown>): Record_ =>
    state.add(resource, prefix, fields, nowMs - 30 * 86_400_000);
  const ref = ({ id }: Record_) => ({ id });
  const sites = [
    ['Bologna Nord', 'Via dell’Arcoveggio 12', 'Bologna', '40129'],
    ['Ancona Porto', 'Via Marconi 3', 'Ancona', '60125'],
    ['Rimini Fiera', 'Via Emilia 155', 'Rimini', '47921'],
  ].map(([name, line_1, city, postal_code]) =>
    add('sites', 'site', {
      name,
      description: null,
      phone: null,
      address: { line_1, line_2: null, city, postal_code },
    }),
  );
  const [bologna, ancona] = sites as [Record_, Record_];
  const types = sites.flatMap((site) =>
    [
      ['Box 5 m²', 9_900],
      ['Box 10 m²', 16_900],
    ].map(([name, amount]) =>
      add('unit_types', 'utype', {
        name,
        site: ref(site),
        status: 'bookable',
        prices: [{ billing_period: 'monthly', price: euro(Number(amount)) }],
      }),
    ),
  );
  const units = types.flatMap((type, index) =>
    Array.from({ length: 3 }, (_, number) =>
      add('units', 'unit', {
        reference_id: `${'ABC'[Math.floor(index / 2)]}${index % 2}${number + 1}`,
        site: type['site'],
        unit_type: ref(type),
        unit_allocation: null,
        status: number === 0 ? 'occupied' : 'available',
      }),
    ),
  );
  const contact = (fields: Record<string, unknown>): Record_ =>
    add('contacts', 'con', {
      phone_number: null,
      tax_id: null,
      company_registration_number: null,
      source: 'booking',
      marketing_source: null,
      use_case: null,
      metadata: {},
      stripe_customer_id: null,
      tenancies_count: 0,
      status: 'customer',
      address: null,
      ...fields,
    });
  const rossi = contact({
    full_name: 'Aurora Giardini S.r.l.',
    email: 'info@auroragiardini.example.it',
    phone_number: '+39 050 555 0101',
    tax_id: 'IT12234567894',
    type: 'company',
    tenancies_count: 1,
    address: {
      line_1: 'Via dei Fiori 8',
      line_2: null,
      city: 'Pisa',
      postal_code: '56121',
      state: 'PI',
      country_alpha2: 'IT',
    },
  });
  contact({ full_name: 'Giulia Verdi', email: 'giulia.verdi@example.it', type: 'domestic', status: 'lead' });
  contact({
    full_name: "Cartoleria D'Este S.a.s.",
    email: 'magazzino@cartoleriadeste.example.it',
    tax_id: '99999999990',
    type: 'company',
    address: {
      line_1: 'Corso del Popolo 1',
      line_2: null,
      city: 'Rovigo',
      postal_code: '45100',
      state: 'RO',
      country_alpha2: 'IT',
    },
  });
  const order = add('orders', 'order', { site: ref(bologna), status: 'finalized' });
  const tenancy = add('tenancies', 'ten', {
    contact: ref(rossi),
    order: ref(order),
    site: ref(bologna),
    subscription: null,
    unit_allocations: [],
    starts_at: new Date(nowMs - 20 * 86_400_000).toISOString(),
    ends_at: null,
  });
  const [unit] = units;
  if (unit !== undefined) {
    const allocation = add('unit_allocations', 'alloc', {
      tenancy: ref(tenancy),
      unit: ref(unit),
      contact: ref(rossi),
      reserved_at: null,
      granted_access_at: new Date(nowMs - 20 * 86_400_000).toISOString(),
    });
    tenancy['unit_allocations'] = [ref(allocation)];
    unit['unit_allocation'] = ref(allocation);
  }
  const subscription = add('subscriptions', 'sub', {
    contact: ref(rossi),
    site: ref(bologna),
    tenancy: ref(tenancy),
    billing_period: 'monthly',
    cancelled: false,
    line_items: [],
  });
  tenancy['subscription'] = ref(subscription);
  const invoice = (
    number: string,
    status: string,
    due: number,
    lines: Array<[string, number, number]>,
  ): void => {
    const subtotal = lines.reduce((sum, [, net]) => sum + net, 0);
    const tax = lines.reduce((sum, [, , vat]) => sum + vat, 0);
    add('invoices', 'inv', {
      number,
      status,
      contact: ref(rossi),
      site: ref(bologna),
      subscription: ref(subscription),
      subtotal: euro(subtotal),
      tax: euro(tax),
      total: euro(subtotal + tax),
      amount_due: euro(due === 0 ? 0 : subtotal + tax),
      amount_paid: euro(due === 0 ? subtotal + tax : 0),
      purchase_order_number: null,
      period_start: new Date(nowMs - 20 * 86_400_000).toISOString(),
      period_end: new Date(nowMs + 10 * 86_400_000).toISOString(),
      finalized_at: new Date(nowMs - 20 * 86_400_000).toISOString(),
      paid_at: due === 0 ? new Date(nowMs - 19 * 86_400_000).toISOString() : null,
      line_items: lines.map(([description, net, vat]) => ({
        description,
        accounting_code: null,
        quantity: 1,
        price: euro(net),
        discount_total: euro(0),
        tax: euro(vat),
        total: euro(net + vat),
        total_excluding_tax: euro(net),
        proration: false,
      })),
    });
  };
  invoice('STO-0001', 'paid', 0, [['Box 5 m², ottobre', 9_900, 2_178]]);
  invoice('STO-0002', 'open', 1, [
    ['Box 5 m², novembre', 9_900, 2_178],
    ['Assicurazione', 1_000, 0],
  ]);
  add('products', 'prod', {
    name: 'Lucchetto',
    charge_type: 'one_time',
    prices: [{ billing_period: 'one_time', price: euro(1_900) }],
  });
  add('deals/stages', 'dstg', { name: 'Nuova', position: 1 });
  add('deals/stages', 'dstg', { name: 'Preventivo inviato', position: 3 });
  const luca = add('staff', 'staff', { name: 'Luca Neri', email: 'luca.neri@example.it' });
  add('tasks', 'task', {
    title: 'Controllare il lucchetto del box A01',
    status: 'open',
    assignee: ref(luca),
    creator: ref(luca),
    resource: ref(rossi),
  });
  add('timeline/sources', 'tsrc', { name: 'Staffetta', website_url: 'https://example.it', global: false });
  add('timeline/templates', 'aetpl', {
    name: 'Azione',
    global: false,
    message: '{{ action }} via Staffetta',
    variables: { custom: ['action'], predefined: ['contact'] },
  });
  void ancona;
}
