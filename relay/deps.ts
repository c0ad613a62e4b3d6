import type { Core } from './core.ts';
import type { AddressReader } from './traffic/address.ts';
import type { Limits } from './traffic/limits.ts';
import type { NoticeFeed } from './webhooks/feed.ts';
import type { PolicyBook } from './policy/policy.ts';
import type { ProofVerifier } from './proof/proof.ts';
import type { Quotas } from './provider/quotas.ts';
import type { ReadCache } from './provider/read-cache.ts';
import type { Refresher } from './connection/refresh.ts';
import type { IdentityProvider } from './sso/client.ts';
import type { Rewrapper } from './rewrap.ts';
import type { Vies } from './outbound/vies.ts';

/** Everything a route may use: the core and the capabilities on top of it, set on the Hono context. */
export interface Deps extends Core {
  limits: Limits;
  quotas: Quotas;
  cache: ReadCache;
  addressOf: AddressReader;
  proofs: ProofVerifier;
  refresher: Refresher;
  rewrapper: Rewrapper;
  notices: NoticeFeed;
  /** Null where the administrator has switched it off. */
  vies: Vies | null;
  policies: PolicyBook;
  /** Null where members come by invite alone. */
  identity: IdentityProvider | null;
  /** Whether the relay has been told to end: it still answers, but no new work should be sent to it. */
  isStopping(): boolean;
}
