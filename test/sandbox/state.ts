import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { seedClients, seedCompanies, seedProducts, seedSuppliers, seedUsers } from './seed.ts';

/** A person who can log in. `companyIds` are the ones they may grant. */
export interface User {
  id: number;
  name: string;
  email: string;
  password: string;
  companyIds: number[];
  /** False for a sub-user to whom the administrator gave no right on clients. */
  mayUseClients: boolean;
}

/** A company; an accountant's studio reaches others through `controlledIds`. */
export interface Company {
  id: number;
  name: string;
  type: 'company' | 'accountant';
  vatNumber: string;
  licenceExpired: boolean;
  controlledIds: number[];
  accessToken: string;
}

/** A client or supplier as the API keeps it: the fields somebody sent, and an id. */
export type ClientRecord = { id: number; name: string } & Record<string, unknown>;

/** Whom a company deals with. */
export type EntityKind = 'clients' | 'suppliers';

/** A document as the API keeps it. */
export interface IssuedRecord {
  id: number;
  number: number;
  companyId: number;
  type: string;
  date: string;
  subject?: string | null | undefined;
  entity: { id?: number | null | undefined; name: string };
  amount_gross: number;
  url: string;
  items_list?: Array<Record<string, unknown>>;
  payments_list?: Array<{ amount: number; due_date: string; status?: string | undefined }>;
  numeration?: string | null | undefined;
  e_invoice?: boolean | null | undefined;
  ei_data?: { payment_method?: string | null | undefined } | null | undefined;
  ei_status?: string;
}

/** A document of a supplier, a day's takings, or a product, as the API keeps it. */
export type PlainRecord = { id: number; companyId: number } & Record<string, unknown>;

/** An e-mail that was sent. */
export interface SentEmail {
  companyId: number;
  documentId: number;
  id: number;
  to_email: string;
  subject: string;
  content: string;
  sent_date: string;
  attachesPdf: boolean;
}

/** Where the provider tells an app of what happens in a company. */
export interface Subscription {
  id: string;
  sink: string;
  verified: boolean;
  types: string[];
  config: { mapping: 'binary' | 'structured' };
  companyId: number;
  clientId: string;
}

/** What an application was given by a user. */
export interface Authorization {
  clientId: string;
  userId: number;
  scopes: string[];
  companyIds: number[];
  revoked: boolean;
  /** `device`: a public client's, in whose requests no secret may stand. `manual`: a token made by hand. */
  kind?: 'device' | 'manual';
}

/** A code that a device shows and a person types. */
export interface DeviceCode {
  deviceCode: string;
  userCode: string;
  clientId: string;
  scopes: string[];
  expiresAtMs: number;
  /** Null while nobody has decided. */
  decision: Authorization | 'declined' | null;
  /** When it was last asked about, epoch milliseconds. */
  askedAtMs: number;
  used: boolean;
}

/** A token or code, with what it stands for. */
export interface Issued {
  kind: 'code' | 'access' | 'refresh';
  value: string;
  authorization: Authorization;
  redirectUri: string;
  expiresAtMs: number;
  used: boolean;
  /** The refresh token that dies when this access token is first used. */
  replaces?: Issued;
}

/** One counted call to a company's data. */
export interface Call {
  companyId: number;
  /** The app that called. */
  clientId: string;
  atMs: number;
}

/** Limits on calls; tests lower them. */
export interface Limits {
  shortCalls: number;
  hourlyCalls: number;
  monthlyCalls: number;
  /** Clients that the plan of every company allows. */
  planClients: number;
}

/** Everything the sandbox remembers, in memory. */
export interface SandboxState {
  users: User[];
  companies: Company[];
  limits: Limits;
  issued: Issued[];
  devices: DeviceCode[];
  documents: IssuedRecord[];
  emails: SentEmail[];
  /** Ids of the invoices that went to the exchange, once for each time. */
  eInvoicesSent: number[];
  expenses: PlainRecord[];
  receipts: PlainRecord[];
  products: PlainRecord[];
  /** Files that were uploaded, by their token. */
  attachments: Map<string, { name: string; bytes: Uint8Array }>;
  subscriptions: Subscription[];
  /** How many addresses were asked to repeat a word. */
  verifications: number;
  /** The key that signs what the provider tells by itself; its public half is published. */
  webhookKey: { privateKey: KeyObject; publicKey: KeyObject };
  /** Login cookie → user id. */
  logins: Map<string, number>;
  /** Calls that count towards the quotas, oldest first. */
  calls: Call[];
  entitiesOf(kind: EntityKind, companyId: number): ClientRecord[];
  addEntity(
    kind: EntityKind,
    companyId: number,
    fields: Record<string, unknown> & { name: string },
  ): ClientRecord;
  clientsOf(companyId: number): ClientRecord[];
  addClient(companyId: number, fields: Record<string, unknown> & { name: string }): ClientRecord;
  issue(kind: Issued['kind'], authorization: Authorization, redirectUri: string, expiresAtMs: number): Issued;
  /** What a user does to make a token by hand: chooses companies and permissions. It never ends. */
  issueManual(email: string, clientId: string, scopes: string[], companyIds?: number[]): Issued;
  /** What a user does under "connected applications". */
  revokeConnection(email: string, clientId: string): void;
  /** Every secret handed out or configured, for tests that look for leaks. */
  secrets(): string[];
}

const prefixes = { code: 'c/', access: 'a/', refresh: 'r/' } as const;

/** Looks like the provider's tokens: a prefix and three base64url parts; nothing may depend on what is inside. */
const newTokenText = (kind: Issued['kind']): string =>
  prefixes[kind] + [12, 24, 24].map((size) => randomBytes(size).toString('base64url')).join('.');

/** Creates the seeded state. */
export function createState(clientSecrets: readonly string[]): SandboxState {
  const entities = new Map<string, ClientRecord[]>();
  const companies = seedCompanies();
  let nextClientId = 5000;
  const state: SandboxState = {
    users: seedUsers(),
    companies,
    limits: { shortCalls: 300, hourlyCalls: 1000, monthlyCalls: 40_000, planClients: 3_000 },
    issued: [],
    devices: [],
    documents: [],
    emails: [],
    eInvoicesSent: [],
    expenses: [],
    receipts: [],
    products: seedProducts(),
    attachments: new Map(),
    subscriptions: [],
    verifications: 0,
    webhookKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    logins: new Map(),
    calls: [],
    entitiesOf(kind, companyId) {
      const key = `${kind} ${companyId}`;
      let list = entities.get(key);
      if (list === undefined) entities.set(key, (list = []));
      return list;
    },
    addEntity(kind, companyId, fields) {
      nextClientId += 1;
      const record = { ...fields, id: nextClientId };
      state.entitiesOf(kind, companyId).push(record);
      return record;
    },
    clientsOf: (companyId) => state.entitiesOf('clients', companyId),
    addClient: (companyId, fields) => state.addEntity('clients', companyId, fields),
    issue(kind, authorization, redirectUri, expiresAtMs) {
      const issued: Issued = {
        kind,
        value: newTokenText(kind),
        authorization,
        redirectUri,
        expiresAtMs,
        used: false,
      };
      state.issued.push(issued);
      return issued;
    },
    issueManual(email, clientId, scopes, companyIds) {
      const user = state.users.find((candidate) => candidate.email === email);
      if (user === undefined) throw new Error(`no user ${email}`);
      const authorization: Authorization = {
        clientId,
        userId: user.id,
        scopes,
        companyIds: companyIds ?? user.companyIds,
        revoked: false,
        kind: 'manual',
      };
      return state.issue('access', authorization, '', Number.MAX_SAFE_INTEGER);
    },
    revokeConnection(email, clientId) {
      const user = state.users.find((candidate) => candidate.email === email);
      for (const { authorization } of state.issued) {
        if (authorization.userId === user?.id && authorization.clientId === clientId)
          authorization.revoked = true;
      }
    },
    secrets: () => [
      ...clientSecrets,
      ...companies.map(({ accessToken }) => accessToken),
      ...state.issued.map(({ value }) => value),
      ...state.devices.map(({ deviceCode }) => deviceCode),
    ],
  };
  for (const client of seedClients()) state.addClient(101, client);
  for (const supplier of seedSuppliers()) state.addEntity('suppliers', 101, supplier);
  return state;
}
