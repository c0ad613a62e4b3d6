import { createAdaptorServer } from '@hono/node-server';
import { createApp } from '../../relay/app.ts';
import { openAuditLog } from '../../relay/audit.ts';
import { createClock } from '../../relay/clock.ts';
import { readConfig } from '../../relay/config/config.ts';
import { createLog } from '../../relay/observe/log.ts';
import { openDeps } from '../../relay/open.ts';
import { noMetrics } from '../../relay/observe/metrics.ts';
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
const core = { config, log, store, vault, audit, metrics: noMetrics, traces: noTraces, now };
// The header carries the bare thumbprint.
const proofs = {
  verify: async ({ header }: { header: string | undefined }) => ({ thumbprint: header ?? '' }),
  issueNonce: () => 'none',
};
const app = createApp(openDeps(core, { proofs }));
createAdaptorServer({ fetch: app.fetch }).listen(config.port, config.host, () => console.log('ready'));
