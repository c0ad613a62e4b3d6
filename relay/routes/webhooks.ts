import { Failure } from '../../shared/failure.ts';
import type { RelayApp } from '../http/env.ts';
import { bodyOf, headerOf } from '../http/incoming.ts';
import { Refusal } from '../failures/refusal.ts';
import { answerChallenge, receiveDelivery } from '../webhooks/delivery.ts';
import { webhookPath } from '../webhooks/subscription.ts';

/** Largest delivery, in bytes. */
const bytesMax = 512 * 1024;

/** Takes in what providers tell by themselves. Who sends it is proven by its signature alone. */
export function serveWebhooks(app: RelayApp): void {
  app.get(webhookPath, async (c) => {
    if (c.req.method !== 'GET') throw new Refusal('method-refused', { Allow: 'GET, POST' });
    const { deps, address } = c.var;
    deps.limits.take('anonymous', address);
    const answer = await answerChallenge(deps, c.req.param('webhookId'), (name) => headerOf(c, name));
    if (answer === null) throw new Failure('not-found');
    return c.json(answer);
  });
  app.post(webhookPath, async (c) => {
    const { deps, address, requestId } = c.var;
    deps.limits.take('anonymous', address);
    const body = await bodyOf(c, bytesMax);
    const delivery = { header: (name: string) => headerOf(c, name), body };
    const outcome = await receiveDelivery(deps, c.req.param('webhookId'), delivery, requestId);
    // Fatture in Cloud ends a webhook that is gone; Stora has been told before.
    return c.body(null, outcome === 'gone' ? 410 : 204);
  });
  app.all(webhookPath, () => {
    throw new Refusal('method-refused', { Allow: 'GET, POST' });
  });
}
