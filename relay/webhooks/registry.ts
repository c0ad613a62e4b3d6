import { fattureInCloud } from '../../shared/providers/fatture-in-cloud.ts';
import { stora } from '../../shared/providers/stora.ts';
import { fattureInCloudWebhooks } from './fatture-in-cloud.ts';
import type { WebhookSource } from './source.ts';
import { storaWebhooks } from './stora.ts';

/** How each provider that tells of what happens does so, by its id. */
export const webhookSources: ReadonlyMap<string, WebhookSource> = new Map([
  [fattureInCloud.id, fattureInCloudWebhooks],
  [stora.id, storaWebhooks],
]);
