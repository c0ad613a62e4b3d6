import { z } from 'zod';
import { actionIds, actionOf, actionsOf, actionsWithin, type ActionId } from './actions.ts';
import { Audience, isIn, type Standing } from './audience.ts';
import { ConnectionMethod, type Provider } from './provider.ts';
import { coversScope } from './scopes.ts';

const ActionId = z.enum(actionIds);

const Origin = z
  .string()
  .max(300)
  .regex(/^https?:\/\/[^/\s]+$/);

/** Nobody. */
const nobody: Audience = { roles: [], groups: [], members: [] };

/**
 * Who may do what, beside what the relay's settings offer to anybody: of each thing that stands here, only its audience;
 * of everything else, everybody. Nothing here can give what the settings do not offer.
 */
export const Policy = z.strictObject({
  /** Provider ids. */
  providers: z.record(z.string().max(41), Audience).default({}),
  /** Ways to connect, and what was connected that way. */
  methods: z.partialRecord(ConnectionMethod, Audience).default({}),
  actions: z.partialRecord(ActionId, Audience).default({}),
  /** Origins of sites. */
  sites: z.record(Origin, Audience).default({}),
  /** Who may work on sites that neither stand above nor are offered to the team. */
  otherSites: Audience.default('everyone'),
  /** Whose browser may get tokens of own connections where the provider's access mode is `direct`; the rest work through the relay. */
  direct: Audience.default('everyone'),
  /** The same of the team's connections. */
  directTeam: Audience.default(nobody),
});
/** Who may do what. */
export type Policy = z.infer<typeof Policy>;

/** What a policy says of one member: what is off for them. */
export const Decision = z.object({
  /** False for auditors: they change nothing, so no provider is called for them. */
  mayWork: z.boolean(),
  providersOff: z.array(z.string()),
  methodsOff: z.array(ConnectionMethod),
  actionsOff: z.array(z.string()),
  sitesOff: z.array(z.string()),
  /** Sites that stand in the policy and are on. */
  sitesOn: z.array(z.string()),
  otherSites: z.boolean(),
  direct: z.boolean(),
  directTeam: z.boolean(),
});
/** What a policy says of one member. */
export type Decision = z.infer<typeof Decision>;

/** The policy of a team that has made none. */
export const openPolicy: Policy = Policy.parse({});

/** What such a policy says of a member: everything is as the settings have it. */
export const openDecision: Decision = {
  mayWork: true,
  providersOff: [],
  methodsOff: [],
  actionsOff: [],
  sitesOff: [],
  sitesOn: [],
  otherSites: true,
  direct: true,
  directTeam: false,
};

/** What `policy` says of a member. */
export function decide(policy: Policy, member: Standing): Decision {
  const off = <Key extends string>(rules: Partial<Record<Key, Audience>>): Key[] =>
    (Object.keys(rules) as Key[]).filter((key) => !isIn(rules[key] ?? 'everyone', member)); // keys of a parsed record
  const sitesOff = off(policy.sites);
  return {
    mayWork: member.role !== 'auditor',
    providersOff: off(policy.providers),
    methodsOff: off(policy.methods),
    actionsOff: off(policy.actions),
    sitesOff,
    sitesOn: Object.keys(policy.sites).filter((origin) => !sitesOff.includes(origin)),
    otherSites: isIn(policy.otherSites, member),
    direct: isIn(policy.direct, member),
    directTeam: isIn(policy.directTeam, member),
  };
}

/** Whether anything may be done at this provider. */
export const allowsProvider = ({ mayWork, providersOff }: Decision, id: string): boolean =>
  mayWork && !providersOff.includes(id);

/** Whether one may connect to this provider in this way. */
export const allowsMethod = (decision: Decision, providerId: string, method: ConnectionMethod): boolean =>
  allowsProvider(decision, providerId) && !decision.methodsOff.includes(method);

/** Whether the action may be done. */
export const allowsAction = (decision: Decision, id: ActionId): boolean =>
  allowsProvider(decision, actionOf(id).providerId) && !decision.actionsOff.includes(id);

/** Whether one may work on this site. @param offered the sites that the settings offer to the team */
export const allowsSite = (
  { mayWork, sitesOff, sitesOn, otherSites }: Decision,
  origin: string,
  offered: readonly string[],
): boolean =>
  mayWork &&
  !sitesOff.includes(origin) &&
  (otherSites || sitesOn.includes(origin) || offered.includes(origin));

/** The sites that the team works on, of which the settings offer some and the policy names others. */
export const teamSites = (decision: Decision, offered: readonly string[]): string[] =>
  [...new Set([...offered, ...decision.sitesOn])].filter((origin) => allowsSite(decision, origin, offered));

/** Whether a connection may be used; the way in which an administrator made the team's is theirs to judge. */
export const allowsConnection = (
  decision: Decision,
  connection: { providerId: string; method: ConnectionMethod; owner: 'member' | 'team' },
): boolean =>
  connection.owner === 'team'
    ? allowsProvider(decision, connection.providerId)
    : allowsMethod(decision, connection.providerId, connection.method);

/**
 * Which of `scopes` no allowed action needs: what may not be asked for. Where nothing of the provider is off, all may.
 */
export function scopesOff(decision: Decision, provider: Provider, scopes: readonly string[]): string[] {
  const all = actionsOf(provider.id);
  const allowed = all.filter((id) => allowsAction(decision, id));
  if (allowed.length === all.length) return [];
  const needed = allowed.flatMap((id) => actionOf(id).scopes);
  return scopes.filter((scope) => !coversScope(provider, needed, scope));
}

/** Whether a token with these scopes could do, in hands that ask nobody, an action that is off. */
export function couldDoMore(decision: Decision, provider: Provider, scopes: readonly string[]): boolean {
  return actionsWithin(provider, scopes).some((id) => !allowsAction(decision, id));
}
