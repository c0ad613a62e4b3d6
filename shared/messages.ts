import { z } from 'zod';
import { Connection, deleteConnection } from './api/connections.ts';
import { FailureReport } from './failure.ts';
import { Customer } from './fact.ts';
import { ConnectionId } from './ids.ts';

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

/** One line of a confirmation: the provider's field and exactly the value that will be sent. */
export const DraftField = z.object({ field: z.string(), value: z.string() });

/** All the popup needs to draw itself. */
export const ViewState = z.object({
  installation: z.object({ memberName: z.string(), relayOrigin: z.string() }).nullable(),
  provider: z.object({ id: z.string(), name: z.string(), configured: z.boolean() }).nullable(),
  connection: Connection.nullable(),
  /** Who is connected; null until the provider has said so. */
  account: z.object({ name: z.string(), email: z.string(), companies: z.array(Company) }).nullable(),
  company: Company.nullable(),
  /** Epoch milliseconds; null while no grant is held. */
  grantEndsAtMs: z.int().nullable(),
  flow: z.discriminatedUnion('status', [
    z.object({ status: z.literal('idle') }),
    z.object({ status: z.literal('running') }),
    z.object({ status: z.literal('failed'), failure: FailureReport }),
  ]),
  /** The page in the tab the popup was opened over; null where it is not a web page. */
  site: z.object({ origin: z.string(), enabled: z.boolean() }).nullable(),
  /** Something that happened behind the member's back and that they should know; null where there is nothing. */
  alert: FailureReport.nullable(),
  /** Why the state above is incomplete. */
  failure: FailureReport.nullable(),
});
/** All the popup needs to draw itself. */
export type ViewState = z.infer<typeof ViewState>;

const Nothing = z.object({});
const Origin = z
  .string()
  .max(300)
  .regex(/^https?:\/\/[^/\s]+$/);

/** What our own pages (popup, later options and side panel) may ask of the background. */
export const viewMessages = {
  'state.read': { input: z.object({ origin: Origin.nullable() }), output: ViewState },
  'installation.enrol': { input: z.object({ link: z.string().max(300) }), output: Nothing },
  'connection.start': { input: z.object({ providerId: z.string().max(41) }), output: Nothing },
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
  'site.enable': { input: z.object({ origin: Origin }), output: Nothing },
  'site.disable': { input: z.object({ origin: Origin }), output: Nothing },
} as const;
/** What our own pages may ask of the background. */
export type ViewMessages = typeof viewMessages;

/** What the background tells a page about the customer on it. */
export const PageAnswer = z.discriminatedUnion('status', [
  z.object({ status: z.literal('found'), companyName: z.string(), client: ClientSummary }),
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
  'customer.resolve': { input: z.strictObject({ customer: Customer }), output: PageAnswer },
  'draft.confirm': {
    input: z.strictObject({ draftId: z.string().regex(/^[A-Za-z0-9_-]{22}$/) }),
    output: z.object({ created: z.boolean(), companyName: z.string(), client: ClientSummary }),
  },
  'popup.open': { input: z.strictObject({}), output: Nothing },
} as const;
/** What a content script may ask of the background. */
export type PageMessages = typeof pageMessages;

/** A request as it travels between the extension's parts. */
export const Message = z.strictObject({ name: z.string().max(40), input: z.unknown() });

/** The answer as it travels: the value, or why not. */
export type MessageAnswer = { ok: true; value: unknown } | { ok: false; failure: FailureReport };
