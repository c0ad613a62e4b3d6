import { createAdaptorServer } from '@hono/node-server';
import { createAddressReader } from '../../relay/traffic/address.ts';
import { createApp } from '../../relay/app.ts';
import { openAuditLog } from '../../relay/audit.ts';
import { createClock } from '../../relay/clock.ts';
import { readConfig } from '../../relay/config/config.ts';
import { createLimits } from '../../relay/traffic/limits.ts';
import { createLog } from '../../relay/observe/log.ts';
import { noMetrics } from '../../relay/observe/metrics.ts';
import { createNoticeFeed } from '../../relay/webhooks/feed.ts';
import { createPolicyBook } from '../../relay/policy/policy.ts';
import { createQuotas } from '../../relay/provider/quotas.ts';
import { createReadCache } from '../../relay/provider/read-cache.ts';
import { createRefresher } from '../../relay/connection/refresh.ts';
import { createRewrapper } from '../../relay/rewrap.ts';
import { openStore } from '../../relay/store/open.ts';
import { noTraces } from '../../relay/observe/traces.ts';
import { createVault, readKey } from '../../relay/keys/vault.ts';

// The relay with proofs unchecked, for the comparison with servers that check none. No part of the product.
const config = readConfig(process.env);
const [secret] = config.vaultKeys;
const key = readKey(secret?.reveal() ?? '');
if (typeof key === 'string') throw new Error(key);
const vault = createVault([key]);
const store = await openStore({ url: null, file: config.databaseFile });
const now = createClock();
const log = createLog('info');
const audit = await openAuditLog({ store, vault, now });
const base = {
  config,
  log,
  store,
  vault,
  audit,
  metrics: noMetrics,
  traces: noTraces,
  quotas: createQuotas(now),
  cache: createReadCache(now),
  vies: null,
  policies: createPolicyBook(store),
  rewrapper: createRewrapper({ store, vault, audit, log, now }),
  identity: null,
  limits: createLimits({ store, log, now, factor: config.limitFactor }),
  addressOf: createAddressReader(config.trustedProxies),
  // The header carries the bare thumbprint.
  proofs: {
    verify: async ({ header }: { header: string | undefined }) => ({ thumbprint: header ?? '' }),
    issueNonce: () => 'none',
  },
  now,
  isStopping: () => false,
};
const app = createApp({ ...base, refresher: createRefresher(base), notices: createNoticeFeed(base) });
createAdaptorServer({ fetch: app.fetch }).listen(config.port, config.host, () => console.log('ready'));
