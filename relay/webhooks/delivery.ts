import { z } from 'zod';
import type { Notice } from '../../shared/api/notices.ts';
import { Failure } from '../../shared/failure.ts';
import type { Core } from '../core.ts';
import type { Limits } from '../traffic/limits.ts';
import { digest } from '../keys/random.ts';
import {
  deleteNoticesBefore,
  deleteWebhook,
  findWebhook,
  insertNotice,
  isWished,
  type WishedNotice,
} from '../store/webhooks.ts';
import type { Place } from '../keys/vault.ts';
import { webhookSources } from './registry.ts';
import { DeliveryRefused, type Delivery } from './source.ts';
import { makingMs, secretPlace, sinkOf } from './subscription.ts';

/** How long an event is kept, in milliseconds: longer than any provider's signature on it is good for. */
const keptMs = 24 * 3_600_000;

const noticePlace = (id: string): Place => ({ table: 'notices', row: id, column: 'notice', owner: [] });

const Sealed = z.object({
  title: z.string(),
  amount: z.object({ amount: z.int(), currency: z.string() }).nullable(),
});

/**
 * Takes one delivery in: proven, of now, and for the first time.
 *
 * @returns `gone` where nobody wants it any more; a repetition is `taken`, since the provider must stop sending it
 * @throws Failure `not-found` (no such webhook) · `not-allowed` (refused, and written down)
 */
export async function receiveDelivery(
  deps: Core & { limits: Limits },
  webhookId: string,
  delivery: Omit<Delivery, 'sink'>,
  requestId: string,
): Promise<'taken' | 'gone'> {
  const webhook = await findWebhook(deps.store, webhookId);
  if (webhook === null) throw new Failure('not-found');
  const { providerId } = webhook;
  deps.limits.take('webhook', webhookId);
  const source = webhookSources.get(providerId);
  const configured = deps.config.providers.get(providerId);
  if (source === undefined || configured === undefined) throw new Failure('not-found');
  const secret = webhook.secret === null ? null : deps.vault.open(secretPlace(webhook.id), webhook.secret);
  const nowMs = deps.now();
  const event = await source
    .read({ ...delivery, sink: sinkOf(deps, webhook.id) }, { secret, key: configured.webhookKey, nowMs })
    .catch(async (error: unknown) => {
      if (!(error instanceof DeliveryRefused)) throw error;
      await deps.audit.record({ event: 'webhook_refused', outcome: 'refused', requestId, providerId });
      throw new Failure('not-allowed', { cause: new Error(error.message) });
    });
  // While it is being made nobody's wish stands yet: the provider's first word may come before its own answer.
  const isYoung = nowMs - webhook.createdAtMs <= makingMs;
  if (!isYoung && !(await isWished(deps.store, webhook.id))) {
    await deleteWebhook(deps.store, webhook.id);
    return 'gone';
  }
  const id = digest(`${webhook.id}:${event.id}`);
  const notice =
    event.notice === null
      ? null
      : deps.vault.seal(
          noticePlace(id),
          JSON.stringify({ title: event.notice.title.slice(0, 200), amount: event.notice.amount }),
        );
  const kind = event.notice?.kind ?? null;
  const isNew = await insertNotice(deps.store, { id, webhookId: webhook.id, kind, notice, atMs: nowMs });
  if (!isNew) {
    await deps.audit.record({ event: 'webhook_repeated', outcome: 'refused', requestId, providerId });
  }
  return 'taken';
}

/** The answer to a provider that wants to see that an address is the relay's; null where this one is not. */
export async function answerChallenge(
  deps: Core & { limits: Limits },
  webhookId: string,
  header: Delivery['header'],
): Promise<object | null> {
  const webhook = await findWebhook(deps.store, webhookId);
  if (webhook === null) return null;
  deps.limits.take('webhook', webhookId);
  return webhookSources.get(webhook.providerId)?.challenge(header) ?? null;
}

/** A kept notice as members may see it. */
export function openNotice(deps: Pick<Core, 'vault'>, stored: WishedNotice): Notice {
  const { id, providerId, kind, atMs } = stored;
  const { title, amount } = Sealed.parse(JSON.parse(deps.vault.open(noticePlace(id), stored.notice)));
  return { id, providerId, kind, title, amount, atMs };
}

/** Forgets what nobody will be told of any more. */
export function forgetNotices(deps: Pick<Core, 'store' | 'now'>): Promise<number> {
  return deleteNoticesBefore(deps.store, deps.now() - keptMs);
}
