import { actionName, actionsOf } from '../../../shared/actions.ts';
import type { Audience } from '../../../shared/audience.ts';
import { Failure } from '../../../shared/failure.ts';
import { openPolicy, type Policy } from '../../../shared/policy.ts';
import { ConnectionMethod } from '../../../shared/provider.ts';
import { providerName } from '../frame/names.ts';
import type { Visit } from '../frame/visit.ts';

/** One line of the policy. */
export interface Rule {
  /** Part of the policy and, after a colon, what in it: `actions:fic.client.create`, `otherSites`. */
  key: string;
  name: string;
  /** Undefined where the policy says nothing of it. */
  audience: Audience | undefined;
}

/** The rules, by what they are about. */
interface Rules {
  providers: Rule[];
  methods: Rule[];
  /** Of each provider that has actions. */
  actions: Array<{ providerId: string; rules: Rule[] }>;
  sites: Rule[];
  tokens: Rule[];
}

const lists = ['providers', 'methods', 'actions', 'sites'] as const;
const singles = ['otherSites', 'direct', 'directTeam'] as const;

/** Every rule there is or could be, with what the policy says of it. */
export function rulesOf(visit: Visit, policy: Policy): Rules {
  const { config } = visit.deps;
  const { words } = visit;
  const providerIds = [...config.providers.keys()];
  const origins = [...new Set([...config.sites, ...Object.keys(policy.sites)])];
  const single = (key: (typeof singles)[number]): Rule => ({
    key,
    name: words.say(`rule-${key}`),
    audience: policy[key],
  });
  return {
    providers: providerIds.map((id) => ({
      key: `providers:${id}`,
      name: providerName(visit, id),
      audience: policy.providers[id],
    })),
    methods: ConnectionMethod.options.map((method) => ({
      key: `methods:${method}`,
      name: words.methodOf(method),
      audience: policy.methods[method],
    })),
    actions: providerIds
      .map((providerId) => ({
        providerId,
        rules: actionsOf(providerId).map((id) => ({
          key: `actions:${id}`,
          name: actionName(id, words.language),
          audience: policy.actions[id],
        })),
      }))
      .filter((group) => group.rules.length > 0),
    sites: [
      ...origins.map((origin) => ({ key: `sites:${origin}`, name: origin, audience: policy.sites[origin] })),
      single('otherSites'),
    ],
    tokens: [single('direct'), single('directTeam')],
  };
}

/**
 * The rule with this key; also a new one, for a site by its address.
 *
 * @throws Failure `not-found` · `request-invalid` (an address that is none)
 */
export function ruleOf(visit: Visit, policy: Policy, key: string): Rule {
  const { providers, methods, actions, sites, tokens } = rulesOf(visit, policy);
  const all = [...providers, ...methods, ...actions.flatMap(({ rules }) => rules), ...sites, ...tokens];
  const found = all.find((rule) => rule.key === key);
  if (found !== undefined) return found;
  const address = key.replace(/^sites:/, '');
  if (!/^https?:\/\//.test(address)) throw new Failure(key.includes(':') ? 'not-found' : 'request-invalid');
  if (!URL.canParse(address)) throw new Failure('request-invalid');
  const { origin } = new URL(address);
  return { key: `sites:${origin}`, name: origin, audience: policy.sites[origin] };
}

/** The policy with one rule changed, or without it; not checked. */
export function withRule(policy: Policy, key: string, audience: Audience | undefined): unknown {
  const [part = '', ...rest] = key.split(':');
  const what = rest.join(':');
  const list = lists.find((name) => name === part);
  if (list !== undefined) {
    const others = Object.entries(policy[list]).filter(([name]) => name !== what);
    return {
      ...policy,
      [list]: Object.fromEntries([...others, ...(audience === undefined ? [] : [[what, audience]])]),
    };
  }
  const single = singles.find((name) => name === part);
  if (single === undefined) throw new Failure('not-found');
  return { ...policy, [single]: audience ?? openPolicy[single] };
}
