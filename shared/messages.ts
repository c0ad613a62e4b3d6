import { z } from 'zod';
import { actionIds } from './actions.ts';
import { Connection, deleteConnection } from './api/connections.ts';
import { DeviceFlowView } from './api/device-flows.ts';
import { FailureReport } from './failure.ts';
import { Customer } from './fact.ts';
import { ConnectionId, DeviceFlowId } from './ids.ts';
import { ConnectionMethod } from './provider.ts';

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

/** One line of a confirmation: the provider's field and exactly the value that will be sent. */
export const DraftField = z.object({ field: z.string(), value: z.string() });

/** All the popup needs to draw itself. */
export const ViewState = z.object({
  installation: z.object({ memberName: z.string(), relayOrigin: z.string() }).nullable(),
  provider: z
    .object({
      id: z.string(),
      name: z.string(),
      /** Ways to connect that can be used; none where the relay has no app of this provider. */
      methods: z.array(ConnectionMethod),
      clientId: z.string().nullable(),
    })
    .nullable(),
  /** What the team allows, in catalogue order, and what of it the member has switched on. */
  actions: z.array(z.object({ id: ActionId, isOn: z.boolean() })),
  /** What was found out about each action at the last look, for the company that is chosen; null before the first. */
  access: z.array(z.object({ id: ActionId, failure: FailureReport.nullable() })).nullable(),
  /** Calls left in this hour for the company; null until the provider has said. */
  callsLeft: z.int().nullable(),
  /** A code that waits to be typed at the provider. */
  device: DeviceFlowView.nullable(),
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
