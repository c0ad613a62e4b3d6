import type { AuditLog } from './audit.ts';
import type { Config } from './config/config.ts';
import type { Vault } from './keys/vault.ts';
import type { Log } from './observe/log.ts';
import type { Metrics } from './observe/metrics.ts';
import type { Traces } from './observe/traces.ts';
import type { Driver } from './store/driver.ts';

/** The parts that every capability may take; a capability never takes one that is built on top of it. */
export interface Core {
  config: Config;
  log: Log;
  store: Driver;
  vault: Vault;
  audit: AuditLog;
  metrics: Metrics;
  traces: Traces;
  /** Epoch milliseconds. */
  now(): number;
}
