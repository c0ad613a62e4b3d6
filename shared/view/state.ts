import { z } from 'zod';
import { actionIds } from '../actions.ts';
import { Connection } from '../api/connections.ts';
import { DeviceFlowView } from '../api/device-flows.ts';
import { FailureReport } from '../failure.ts';
import { ConnectionMethod, NoticeKind } from '../provider.ts';
import { Company } from './fatture-in-cloud.ts';
import { Managed } from './managed.ts';

/** Id of an action of the catalogue. */
const ActionId = z.enum(actionIds);

/** A provider as the popup shows it. */
const ProviderView = z.object({
  id: z.string(),
  name: z.string(),
  /** Ways to connect that can be used; none where the relay has no app of this provider. */
  methods: z.array(ConnectionMethod),
  /** Ways that the team has switched off for this member. */
  blocked: z.array(ConnectionMethod),
  clientId: z.string().nullable(),
  /** What it can tell of by itself, and whether the member wants to know. */
  notices: z.array(z.object({ kind: NoticeKind, isOn: z.boolean() })),
});

/** An action that the team allows. */
const ActionView = z.object({ id: ActionId, isOn: z.boolean(), isBlocked: z.boolean() });

/** All the popup needs to draw itself. */
export const ViewState = z.object({
  managed: Managed,
  installation: z.object({ memberName: z.string(), relayOrigin: z.string() }).nullable(),
  /** Whether the member is an administrator of the team. */
  isAdmin: z.boolean(),
  provider: ProviderView.nullable(),
  connection: Connection.nullable(),
  /** The team has switched this connection off for this member. */
  isBlocked: z.boolean(),
  /** What the team allows, in catalogue order, and what of it the member has switched on. */
  actions: z.array(ActionView),
  /** The other providers that the team offers, each with the member's connection. */
  others: z.array(
    z.object({
      provider: ProviderView,
      connection: Connection.nullable(),
      /** As above. */
      isBlocked: z.boolean(),
      actions: z.array(ActionView),
    }),
  ),
  /** Providers that the team offers and the organisation has switched off; nothing of them stands in the fields around. */
  blocked: z.array(z.object({ id: z.string(), name: z.string(), connection: Connection.nullable() })),
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
      /** The team has switched it off for this member. */
      isBlocked: z.boolean(),
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
