import { z } from 'zod';
import { actionIds } from './actions.ts';
import { Connection, deleteConnection } from './api/connections.ts';
import { DeviceFlowView } from './api/device-flows.ts';
import { FailureReport } from './failure.ts';
import { Customer, PageOrder } from './fact.ts';
import { ConnectionId, DeviceFlowId } from './ids.ts';
import { ConnectionMethod, NoticeKind } from './provider.ts';
import { Recipe } from './recipe.ts';

/** Id of an action of the catalogue. */
const ActionId = z.enum(actionIds);

/** A company the connected account may work with. */
export const Company = z.object({
  id: z.int().positive(),
  name: z.string(),
  vatNumber: z.string().nullable(),
  /** For accountants: the studio through which the company is reached. */
  controlledBy: z.string().nullable(),
});
/** A company the connected account may work with. */
export type Company = z.infer<typeof Company>;

/** What a list or a card shows of a client; never the whole record. */
export const ClientSummary = z.object({
  id: z.int().positive(),
  name: z.string(),
  vatNumber: z.string().nullable(),
  email: z.string().nullable(),
  city: z.string().nullable(),
});
/** What a list or a card shows of a client. */
export type ClientSummary = z.infer<typeof ClientSummary>;

/** What a list or a card shows of a contact in Stora. */
export const ContactSummary = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  vatNumber: z.string().nullable(),
  type: z.enum(['person', 'company']),
  street: z.string().nullable(),
  postalCode: z.string().nullable(),
  city: z.string().nullable(),
  province: z.string().nullable(),
  countryCode: z.string().nullable(),
});
/** What a list or a card shows of a contact in Stora. */
export type ContactSummary = z.infer<typeof ContactSummary>;

const Money = z.object({ amount: z.int(), currency: z.string() });

/** A contact with their units and what they owe, amounts in minor units. */
export const ContactCard = z.object({
  contact: ContactSummary,
  units: z.array(
    z.object({
      name: z.string(),
      site: z.string(),
      since: z.string().nullable(),
      until: z.string().nullable(),
      /** How it is billed; null where Stora does not say. */
      billing: z.enum(['weekly', 'monthly']).nullable(),
      isCancelled: z.boolean(),
    }),
  ),
  openInvoices: z.array(
    z.object({ id: z.string(), number: z.string(), due: Money, lines: z.array(z.string()) }),
  ),
  balance: z.array(Money),
});
/** A contact with their units and what they owe. */
export type ContactCard = z.infer<typeof ContactCard>;

/** What is free at one site. */
export const Availability = z.object({
  site: z.string(),
  types: z.array(z.object({ name: z.string(), free: z.int(), monthly: Money.nullable() })),
});
/** What is free at one site. */
export type Availability = z.infer<typeof Availability>;

/** How far an electronic invoice has come at the Italian exchange (SDI), in the provider's own words. */
export const EiStatus = z.enum([
  'attempt',
  'missing',
  'not_sent',
  'sent',
  'pending',
  'processing',
  'error',
  'discarded',
  'not_delivered',
  'accepted',
  'rejected',
  'no_response',
  'manual_accepted',
  'manual_rejected',
]);
/** How far an electronic invoice has come. */
export type EiStatus = z.infer<typeof EiStatus>;

/** What a client was invoiced and owes; amounts in cents, in euro. */
export const ClientCard = z.object({
  invoices: z.array(
    z.object({
      id: z.int(),
      number: z.string(),
      /** `YYYY-MM-DD`, or empty. */
      date: z.string(),
      gross: z.int(),
      due: z.int(),
      overdue: z.int(),
      eiStatus: EiStatus.nullable(),
    }),
  ),
  due: z.int(),
  overdue: z.int(),
});
/** What a client was invoiced and owes. */
export type ClientCard = z.infer<typeof ClientCard>;

/** One field that the two systems know differently. */
export const Difference = z.object({
  field: z.enum(['name', 'email', 'phone', 'vat-number', 'address']),
  /** As Stora has it; empty where it has nothing. */
  from: z.string(),
  /** As Fatture in Cloud has it. */
  to: z.string(),
});
/** One field that the two systems know differently. */
export type Difference = z.infer<typeof Difference>;

/** Drafts of all invoices of a period: how far it has come, and what became of each. Ids and numbers alone. */
export const Batch = z.object({
  /** `YYYY-MM-DD`, first and last day. */
  from: z.string(),
  to: z.string(),
  addsClients: z.boolean(),
  companyId: z.int(),
  companyName: z.string(),
  status: z.enum(['listing', 'running', 'paused', 'done']),
  /** Why it does not go on; it is tried again by itself where waiting helps. */
  failure: FailureReport.nullable(),
  items: z.array(
    z.object({
      invoiceId: z.string(),
      contactId: z.string(),
      number: z.string(),
      outcome: z.enum(['waiting', 'made', 'there', 'skipped']),
      /** Number of the draft. */
      draft: z.string().nullable(),
      /** Why it was skipped. */
      failure: FailureReport.nullable(),
    }),
  ),
});
/** Drafts of all invoices of a period. */
export type Batch = z.infer<typeof Batch>;

/** A booking. */
export const Order = z.object({
  id: z.string(),
  site: z.string(),
  status: z.string(),
  total: Money.nullable(),
  madeAt: z.string().nullable(),
});
/** A booking. */
export type Order = z.infer<typeof Order>;

/** Somebody as both systems know them; at least one of the two records is there. */
export const Person = z.object({
  client: ClientSummary.nullable(),
  contact: ContactSummary.nullable(),
  /** Whether somebody on the team has said that the two are one. */
  linked: z.boolean(),
  /** What the two records say differently. */
  conflicts: z.array(z.enum(['vat-number', 'e-mail', 'address'])),
});
/** Somebody as both systems know them. */
export type Person = z.infer<typeof Person>;

/** One line of a confirmation: the provider's field and exactly the value that will be sent. */
export const DraftField = z.object({ field: z.string(), value: z.string() });

/** A provider as the popup shows it. */
const ProviderView = z.object({
  id: z.string(),
  name: z.string(),
  /** Ways to connect that can be used; none where the relay has no app of this provider. */
  methods: z.array(ConnectionMethod),
  clientId: z.string().nullable(),
  /** What it can tell of by itself, and whether the member wants to know. */
  notices: z.array(z.object({ kind: NoticeKind, isOn: z.boolean() })),
});

/** An action that the team allows. */
const ActionView = z.object({ id: ActionId, isOn: z.boolean() });

/** All the popup needs to draw itself. */
export const ViewState = z.object({
  installation: z.object({ memberName: z.string(), relayOrigin: z.string() }).nullable(),
  provider: ProviderView.nullable(),
  connection: Connection.nullable(),
  /** What the team allows, in catalogue order, and what of it the member has switched on. */
  actions: z.array(ActionView),
  /** The other providers that the team offers, each with the member's connection. */
  others: z.array(
    z.object({ provider: ProviderView, connection: Connection.nullable(), actions: z.array(ActionView) }),
  ),
  /** What was found out about each action at the last look, for the company that is chosen; null before the first. */
  access: z.array(z.object({ id: ActionId, failure: FailureReport.nullable() })).nullable(),
  /** Calls left in this hour for the company; null until the provider has said. */
  callsLeft: z.int().nullable(),
  /** A code that waits to be typed at the provider. */
  device: DeviceFlowView.nullable(),
  /** Who is connected; null until the provider has said so. */
  account: z.object({ name: z.string(), email: z.string(), companies: z.array(Company) }).nullable(),
  company: Company.nullable(),
  /** Epoch milliseconds; null while no grant is held. */
  grantEndsAtMs: z.int().nullable(),
  flow: z.discriminatedUnion('status', [
    z.object({ status: z.literal('idle') }),
    z.object({ status: z.literal('running'), providerId: z.string() }),
    z.object({ status: z.literal('failed'), providerId: z.string(), failure: FailureReport }),
  ]),
  /** The page in the tab the popup was opened over; null where it is not a web page. */
  site: z
    .object({
      origin: z.string(),
      enabled: z.boolean(),
      /** The company that this site's clients belong to; null where it is the one chosen above. */
      companyId: z.int().nullable(),
    })
    .nullable(),
  /** Something that happened behind the member's back and that they should know; null where there is nothing. */
  alert: FailureReport.nullable(),
  /** Why the state above is incomplete. */
  failure: FailureReport.nullable(),
});
/** All the popup needs to draw itself. */
export type ViewState = z.infer<typeof ViewState>;

const Written = z.string().max(200);

/** A client as somebody is writing it: any text, checked when it is sent. Fields are those of `Customer`. */
export const WrittenClient = z.object({
  type: z.enum(['person', 'company']),
  name: Written,
  vatNumber: Written,
  taxCode: Written,
  sdiCode: Written,
  certifiedEmail: Written,
  email: Written,
  phone: Written,
  street: Written,
  postalCode: Written,
  city: Written,
  province: Written,
  countryCode: Written,
});
/** A client as somebody is writing it. */
export type WrittenClient = z.infer<typeof WrittenClient>;

/** What a member has begun to write. */
export const WrittenDraft = z.object({ id: z.uuid(), client: WrittenClient });
/** What a member has begun to write. */
export type WrittenDraft = z.infer<typeof WrittenDraft>;

const Nothing = z.object({});
const Origin = z
  .string()
  .max(300)
  .regex(/^https?:\/\/[^/\s]+$/);

const ContactId = z.string().regex(/^con_[A-Za-z0-9]{1,60}$/);
const Line = z.string().trim().min(1).max(2_000);
/** The same for every repetition of one decision. */
const Key = z.uuid();

/** What our own pages (popup, later options and side panel) may ask of the background. */
export const viewMessages = {
  'state.read': { input: z.object({ origin: Origin.nullable() }), output: ViewState },
  'installation.enrol': { input: z.object({ link: z.string().max(300) }), output: Nothing },
  'connection.start': { input: z.object({ providerId: z.string().max(41) }), output: Nothing },
  /** Begins to connect with a code; the state then has it. */
  'device.start': { input: z.object({ providerId: z.string().max(41) }), output: Nothing },
  /** Asks the relay whether the code has been typed. */
  'device.poll': { input: z.object({ flowId: DeviceFlowId }), output: z.object({ connected: z.boolean() }) },
  'device.cancel': { input: z.object({ flowId: DeviceFlowId }), output: Nothing },
  /** Hands a token made by hand to the relay; nothing of it is kept here. */
  'token.connect': {
    input: z.object({ providerId: z.string().max(41), token: z.string().trim().min(1).max(4096) }),
    output: Nothing,
  },
  /** Finds out by harmless calls which actions work; the state then has the answers. */
  'access.check': { input: Nothing, output: Nothing },
  'action.set': { input: z.object({ id: ActionId, isOn: z.boolean() }), output: Nothing },
  /** Says which company a site's clients belong to; null for the one that is chosen for all. */
  'site.company': {
    input: z.object({ origin: Origin, companyId: z.int().positive().nullable() }),
    output: Nothing,
  },
  /** Puts away the note of how the last attempt to connect ended. */
  'flow.clear': { input: Nothing, output: Nothing },
  /** Puts the alert away. */
  'alert.clear': { input: Nothing, output: Nothing },
  'connection.delete': { input: z.object({ connectionId: ConnectionId }), output: deleteConnection.output },
  'company.choose': { input: z.object({ companyId: z.int().positive() }), output: Nothing },
  'client.find': {
    input: z.object({ query: z.string().trim().min(2).max(200) }),
    output: z.object({ clients: z.array(ClientSummary) }),
  },
  /** What was looked for last; `isWaiting` where it came from a menu or the address bar and is still to be looked for. */
  'search.read': { input: Nothing, output: z.object({ query: z.string(), isWaiting: z.boolean() }) },
  /** Looks in both systems at once; `failures` says where one of them could not be asked. */
  'people.find': {
    input: z.object({ query: z.string().trim().min(2).max(200) }),
    output: z.object({ people: z.array(Person), failures: z.array(FailureReport) }),
  },
  'people.link': {
    input: z.object({ clientId: z.int().positive(), contactId: ContactId, isLinked: z.boolean() }),
    output: Nothing,
  },
  'client.show': {
    input: z.object({ clientId: z.int().positive(), name: z.string().max(300) }),
    output: ClientCard,
  },
  'contact.show': { input: z.object({ contactId: ContactId }), output: ContactCard },
  /** Makes a client of Fatture in Cloud a contact in Stora, and links the two. */
  'contact.create': {
    input: z.object({
      clientId: z.int().positive(),
      name: Line,
      email: z.email().max(200),
      vatNumber: Line.nullable(),
      key: Key,
    }),
    output: z.object({ created: z.boolean() }),
  },
  /** Makes a contact in Stora a client of Fatture in Cloud, and links the two. */
  'client.create': {
    input: z.object({ contactId: ContactId }),
    output: z.object({ created: z.boolean(), companyName: z.string() }),
  },
  /** Makes an invoice of Stora a draft in Fatture in Cloud, and notes it at the contact. */
  'invoice.draft': {
    input: z.object({ contactId: ContactId, invoiceId: z.string().regex(/^inv_[A-Za-z0-9]{1,60}$/) }),
    output: z.object({
      created: z.boolean(),
      companyName: z.string(),
      number: z.string(),
      lacks: z.array(z.enum(['tax-id', 'recipient-code'])),
    }),
  },
  /** What a contact would have to become to say what the client says. */
  'contact.differences': {
    input: z.object({ clientId: z.int().positive(), contactId: ContactId }),
    output: z.object({ differences: z.array(Difference) }),
  },
  /** Takes these fields over from the client. */
  'contact.update': {
    input: z.object({
      clientId: z.int().positive(),
      contactId: ContactId,
      fields: z.array(Difference.shape.field).min(1),
    }),
    output: Nothing,
  },
  /** Begins to make drafts of all invoices of a period; `batch.read` tells the rest. */
  'batch.start': {
    input: z.object({ from: z.iso.date(), to: z.iso.date(), addsClients: z.boolean() }),
    output: Nothing,
  },
  'batch.read': { input: Nothing, output: z.object({ batch: Batch.nullable() }) },
  'batch.set': { input: z.object({ status: z.enum(['running', 'paused', 'gone']) }), output: Nothing },
  'staff.find': {
    input: Nothing,
    output: z.object({ staff: z.array(z.object({ id: z.string(), name: z.string() })) }),
  },
  'note.create': { input: z.object({ contactId: ContactId, content: Line, key: Key }), output: Nothing },
  'task.create': {
    input: z.object({
      contactId: ContactId,
      title: Line,
      dueAt: z.iso.datetime().nullable(),
      assigneeId: z
        .string()
        .regex(/^staff_[A-Za-z0-9]{1,60}$/)
        .nullable(),
      key: Key,
    }),
    output: Nothing,
  },
  'deal.create': { input: z.object({ contactId: ContactId, name: Line, key: Key }), output: Nothing },
  'operator.show': { input: Nothing, output: z.object({ name: z.string().nullable() }) },
  /** Says what of a provider the member wants to be told of; nothing ends it. */
  'notices.set': {
    input: z.object({ providerId: z.string().max(41), kinds: z.array(NoticeKind).max(20) }),
    output: Nothing,
  },
  /** What is free, and what is sold beside it. */
  'unit.find': {
    input: Nothing,
    output: z.object({
      sites: z.array(Availability),
      products: z.array(z.object({ name: z.string(), price: Money.nullable() })),
    }),
  },
  'order.find': { input: Nothing, output: z.object({ orders: z.array(Order) }) },
  /** The member's own sites, and the ones that the team offers beside them. */
  'sites.read': {
    input: Nothing,
    output: z.object({
      own: z.array(z.object({ origin: z.string(), isPaused: z.boolean(), isAllowed: z.boolean() })),
      offered: z.array(z.string()),
      failure: FailureReport.nullable(),
    }),
  },
  'site.pause': { input: z.object({ origin: Origin, isPaused: z.boolean() }), output: Nothing },
  /** What the member has begun to write, the one that was touched last first. */
  'written.list': { input: Nothing, output: z.object({ drafts: z.array(WrittenDraft) }) },
  'written.save': { input: WrittenDraft, output: Nothing },
  'written.delete': { input: z.object({ id: z.uuid() }), output: Nothing },
  /** Makes the client of a draft, and forgets the draft. */
  'written.send': {
    input: z.object({ id: z.uuid() }),
    output: z.object({ created: z.boolean(), companyName: z.string(), name: z.string() }),
  },
  'site.enable': { input: z.object({ origin: Origin }), output: Nothing },
  'site.disable': { input: z.object({ origin: Origin }), output: Nothing },
} as const;
/** What our own pages may ask of the background. */
export type ViewMessages = typeof viewMessages;

/** Kinds of document that can be made of an order. */
export const DocumentType = z.enum(['quote', 'order', 'proforma']);
/** Kinds of document that can be made of an order. */
export type DocumentType = z.infer<typeof DocumentType>;

/** What can be made of the order on a page; sums in cents, as Fatture in Cloud adds them up. */
export const OrderOffer = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('possible'),
    draftId: z.string(),
    types: z.array(DocumentType),
    subject: z.string(),
    lines: z.array(z.string()),
    net: z.int(),
    tax: z.int(),
    gross: z.int(),
  }),
  z.object({ status: z.literal('refused'), failure: FailureReport }),
]);
/** What can be made of the order on a page. */
export type OrderOffer = z.infer<typeof OrderOffer>;

/** What the background tells a page about the customer on it. */
export const PageAnswer = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('found'),
    companyName: z.string(),
    client: ClientSummary,
    /** Null where there is no order, or nothing is on that could be made of it. */
    order: OrderOffer.nullable(),
  }),
  z.object({
    status: z.literal('absent'),
    companyName: z.string(),
    draftId: z.string(),
    fields: z.array(DraftField),
  }),
]);
/** What the background tells a page about the customer on it. */
export type PageAnswer = z.infer<typeof PageAnswer>;

/** What a content script may ask of the background: everything else is refused and counted. */
export const pageMessages = {
  'customer.resolve': {
    input: z.strictObject({ customer: Customer, order: PageOrder.nullable() }),
    output: PageAnswer,
  },
  'document.confirm': {
    input: z.strictObject({ draftId: z.string().regex(/^[A-Za-z0-9_-]{22}$/), type: DocumentType }),
    output: z.object({ created: z.boolean(), companyName: z.string(), number: z.string() }),
  },
  'draft.confirm': {
    input: z.strictObject({ draftId: z.string().regex(/^[A-Za-z0-9_-]{22}$/) }),
    output: z.object({ created: z.boolean(), companyName: z.string(), client: ClientSummary }),
  },
  /** How pages of this site are read. */
  'recipes.read': { input: z.strictObject({}), output: z.object({ recipes: z.array(Recipe) }) },
  /** A recipe that applies here has not found what it should. */
  'recipe.broken': {
    input: z.strictObject({
      recipeId: Recipe.shape.id,
      missing: z
        .array(z.enum(['customer', 'order']))
        .min(1)
        .max(2),
    }),
    output: Nothing,
  },
  'popup.open': { input: z.strictObject({}), output: Nothing },
} as const;
/** What a content script may ask of the background. */
export type PageMessages = typeof pageMessages;

/** A request as it travels between the extension's parts. */
export const Message = z.strictObject({ name: z.string().max(40), input: z.unknown() });

/** The answer as it travels: the value, or why not. */
export type MessageAnswer = { ok: true; value: unknown } | { ok: false; failure: FailureReport };
