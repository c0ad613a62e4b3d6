import type { AuditLog } from './audit.ts';
import type { Config } from './config/config.ts';
import type { AddressReader } from './traffic/address.ts';
import type { Limits } from './traffic/limits.ts';
import type { Log } from './observe/log.ts';
import type { Metrics } from './observe/metrics.ts';
import type { NoticeFeed } from './webhooks/feed.ts';
import type { PolicyBook } from './people/policy.ts';
import type { ProofVerifier } from './proof/proof.ts';
import type { Quotas } from './provider/quotas.ts';
import type { ReadCache } from './provider/read-cache.ts';
import type { Refresher } from './connection/refresh.ts';
import type { IdentityProvider } from './sso/client.ts';
import type { Driver } from './store/driver.ts';
import type { Traces } from './observe/traces.ts';
import type { Vault } from './keys/vault.ts';
import type { Rewrapper } from './rewrap.ts';
import type { Vies } from './outbound/vies.ts';

/** Everything a route may use, made once by the composition root and set on the Hono context. */
export interface Deps {
  config: Config;
  log: Log;
  store: Driver;
  vault: Vault;
  audit: AuditLog;
  metrics: Metrics;
  traces: Traces;
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
  /** Epoch milliseconds. */
  now(): number;
}
