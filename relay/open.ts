import { createRefresher } from './connection/refresh.ts';
import type { Core } from './core.ts';
import type { Deps } from './deps.ts';
import { createVies } from './outbound/vies.ts';
import { createPolicyBook } from './policy/policy.ts';
import { createQuotas } from './provider/quotas.ts';
import { createReadCache } from './provider/read-cache.ts';
import { createRewrapper } from './rewrap.ts';
import { openIdentityProvider } from './sso/sign-in.ts';
import { createAddressReader } from './traffic/address.ts';
import { createLimits } from './traffic/limits.ts';
import { createNoticeFeed } from './webhooks/feed.ts';

/** The parts that differ between a served relay, a test's and a benchmark's. */
type Parts = Pick<Deps, 'proofs'> & Partial<Pick<Deps, 'isStopping'>> & { limitFactor?: number };

/** Builds the capabilities on top of `core`; the only place that wires them. */
export function openDeps(
  core: Core,
  { proofs, isStopping = () => false, limitFactor = core.config.limitFactor }: Parts,
): Deps {
  const { config, log, store, now } = core;
  return {
    ...core,
    proofs,
    isStopping,
    limits: createLimits({ store, log, now, factor: limitFactor }),
    quotas: createQuotas(now),
    cache: createReadCache(now),
    addressOf: createAddressReader(config.trustedProxies),
    refresher: createRefresher(core),
    rewrapper: createRewrapper(core),
    notices: createNoticeFeed(core),
    vies: config.viesUrl === null ? null : createVies(config.viesUrl, now),
    policies: createPolicyBook(store),
    identity: openIdentityProvider(config, now),
  };
}
