import { z } from 'zod';
import { actionIds } from './actions.ts';
import { deleteConnection } from './api/connections.ts';
import { changeRecipes } from './api/recipes.ts';
import { checkVatNumber } from './api/vat-numbers.ts';
import { FailureReport } from './failure.ts';
import { Customer, PageOrder } from './fact.ts';
import { ConnectionId, DeviceFlowId } from './ids.ts';
import { NoticeKind } from './provider.ts';
import { Recipe } from './recipe.ts';
import {
  Choice,
  ClientCard,
  ClientDocument,
  ClientSummary,
  DocumentType,
  ProposedField,
  EInvoiceCheck,
  OrderOffer,
  Product,
  RecordDifference,
  Role,
  WrittenDraft,
  WrittenKind,
} from './view/fatture-in-cloud.ts';
import { Managed } from './view/managed.ts';
import { Batch, Difference, Person } from './view/people.ts';
import { Availability, ContactCard, Money, Order } from './view/stora.ts';
import { ViewState } from './view/state.ts';

/** Id of an action of the catalogue. */
const ActionId = z.enum(actionIds);

const Nothing = z.object({});

const Origin = z
  .string()
  .max(300)
  .regex(/^https?:\/\/[^/\s]+$/);

const ContactId = z.string().regex(/^con_[A-Za-z0-9]{1,60}$/);

const Line = z.string().trim().min(1).max(2_000);

/** The same for every repetition of one decision. */
const Key = z.uuid();

/** What is to be connected, and whether the connection is to be the team's. */
const Login = z.object({ providerId: z.string().max(41), forTeam: z.boolean().default(false) });

/** What our own pages (popup, later options and side panel) may ask of the background. */
export const viewMessages = {
  'state.read': { input: z.object({ origin: Origin.nullable() }), output: ViewState },
  /** Joins with an invite. */
  'installation.enrol': {
    input: z.union([
      z.object({ link: z.string().max(300) }),
      /** The code alone, as it was typed. */
      z.object({ relayOrigin: z.string().max(300), code: z.string().max(60) }),
    ]),
    output: Nothing,
  },
  /** Begins to join by single sign-on; the state then has how it stands. */
  'installation.sign-in': {
    input: z.object({
      relayOrigin: z
        .string()
        .max(300)
        .regex(/^https?:\/\/[^/\s]+$/),
    }),
    output: Nothing,
  },
  'connection.start': { input: Login, output: Nothing },
  /** Makes the administrator's own connection the team's. */
  'connection.share': { input: z.object({ connectionId: ConnectionId }), output: Nothing },
  /** Begins to connect with a code; the state then has it. */
  'device.start': { input: Login, output: Nothing },
  /** Asks the relay whether the code has been typed. */
  'device.poll': { input: z.object({ flowId: DeviceFlowId }), output: z.object({ connected: z.boolean() }) },
  'device.cancel': { input: z.object({ flowId: DeviceFlowId }), output: Nothing },
  /** Hands a token made by hand to the relay; nothing of it is kept here. */
  'token.connect': {
    input: Login.extend({ token: z.string().trim().min(1).max(4096) }),
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
  'supplier.find': {
    input: z.object({ query: z.string().trim().min(2).max(200) }),
    output: z.object({ suppliers: z.array(ClientSummary) }),
  },
  'product.find': {
    input: z.object({ query: z.string().trim().min(2).max(200) }),
    output: z.object({ products: z.array(Product) }),
  },
  /** What a client was sent last, of every kind. */
  'document.find': {
    input: z.object({ clientId: z.int().positive(), name: z.string().max(300) }),
    output: z.object({ documents: z.array(ClientDocument) }),
  },
  'document.convert': {
    input: z.object({ documentId: z.int().positive(), to: DocumentType }),
    output: z.object({ created: z.boolean(), number: z.string(), companyName: z.string() }),
  },
  /** Begins an e-mail with a document; it waits in the side panel. */
  'document.email': {
    input: z.object({ documentId: z.int().positive(), name: Line }),
    output: z.object({ id: z.uuid() }),
  },
  /** Asks whether the exchange would take an invoice; nothing is sent. */
  'einvoice.check': { input: z.object({ documentId: z.int().positive() }), output: EInvoiceCheck },
  /** Sends it: there is no way back but a credit note. */
  'einvoice.send': {
    input: z.object({ documentId: z.int().positive() }),
    output: z.object({ sentNow: z.boolean() }),
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
  /** Says whether the member wants to be told of one kind of thing of a provider. */
  'notice.set': {
    input: z.object({ providerId: z.string().max(41), kind: NoticeKind, isOn: z.boolean() }),
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
  'managed.read': { input: Nothing, output: Managed },
  /** The member's own sites, and the ones that the organisation or else the team offers beside them. */
  'sites.read': {
    input: Nothing,
    output: z.object({
      own: z.array(
        z.object({
          origin: z.string(),
          isPaused: z.boolean(),
          isAllowed: z.boolean(),
          /** The team has switched it off for this member. */
          isBlocked: z.boolean(),
        }),
      ),
      offered: z.array(z.string()),
      failure: FailureReport.nullable(),
    }),
  },
  /** The recipes by which pages are read, and the one that is being written. */
  'recipes.known': {
    input: Nothing,
    output: z.object({
      own: z.array(Recipe),
      builtIn: z.array(Recipe),
      version: z.int(),
      mayPublish: z.boolean(),
      draft: z.string().nullable(),
    }),
  },
  /** Keeps what is being written as it is now; null throws it away. */
  'recipes.keep': { input: z.object({ draft: z.string().max(60_000).nullable() }), output: Nothing },
  'recipes.change': { input: changeRecipes.input, output: Nothing },
  'site.pause': { input: z.object({ origin: Origin, isPaused: z.boolean() }), output: Nothing },
  /** What the member has begun to write, the one that was touched last first. */
  'written.list': {
    input: Nothing,
    /** `kinds`: what can be begun. */
    output: z.object({ drafts: z.array(WrittenDraft), kinds: z.array(WrittenKind) }),
  },
  'written.save': { input: WrittenDraft, output: Nothing },
  /** What the fields of a draft can be, where they are choices. */
  'written.choices': {
    input: WrittenDraft,
    output: z.object({ choices: z.record(z.string(), z.array(Choice)) }),
  },
  'written.delete': { input: z.object({ id: z.uuid() }), output: Nothing },
  /** Sends a draft, and forgets it; where the same was there already it stays. */
  'written.send': {
    input: z.object({ id: z.uuid() }),
    output: z.object({ created: z.boolean(), companyName: z.string(), name: z.string() }),
  },
  'site.enable': { input: z.object({ origin: Origin }), output: Nothing },
  'site.disable': { input: z.object({ origin: Origin }), output: Nothing },
} as const;
/** What our own pages may ask of the background. */
export type ViewMessages = typeof viewMessages;

const ProposalId = z.string().regex(/^[A-Za-z0-9_-]{22}$/);

/** What the background tells a page about the customer on it. */
export const PageAnswer = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('found'),
    role: Role,
    companyName: z.string(),
    client: ClientSummary,
    proposalId: z.string(),
    /** What the page says differently. */
    differences: z.array(RecordDifference),
    /** Null where there is no order, or nothing is on that could be made of it. */
    order: OrderOffer.nullable(),
  }),
  z.object({
    status: z.literal('absent'),
    companyName: z.string(),
    proposalId: z.string(),
    fields: z.array(ProposedField),
    /** What the customer can be made. */
    roles: z.array(Role),
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
    input: z.strictObject({
      offerId: ProposalId,
      type: DocumentType,
      /** The series of numbers; empty for the usual one. */
      numeration: z.string().max(60),
    }),
    output: z.object({ created: z.boolean(), companyName: z.string(), number: z.string() }),
  },
  'proposal.confirm': {
    input: z.strictObject({ proposalId: ProposalId, role: Role }),
    output: z.object({ created: z.boolean(), companyName: z.string(), client: ClientSummary }),
  },
  /** Takes these fields of the page over into the record that was shown. */
  'record.update': {
    input: z.strictObject({ proposalId: ProposalId, fields: z.array(z.string().max(40)).min(1).max(20) }),
    output: z.object({ companyName: z.string(), client: ClientSummary }),
  },
  /** Goes on in the side panel with what was shown: there every field can be changed before it is sent. */
  'proposal.write': {
    input: z.strictObject({ proposalId: ProposalId }),
    output: z.object({ opened: z.boolean() }),
  },
  /** Asks VIES for the VAT number that was shown. */
  'vat.check': { input: z.strictObject({ proposalId: ProposalId }), output: checkVatNumber.output },
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
