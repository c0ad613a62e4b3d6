import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { Failure } from '../../shared/failure.ts';
import { parseJson } from '../outbound/parse-json.ts';
import { DeliveryRefused, type WebhookEvent, type WebhookSource } from './source.ts';

const path = '/2025-09/webhook_endpoints';

/** The one type whose name the documentation spells out, and those that follow its pattern `resource.verb`. */
const types = { documented: ['invoice.paid'], assumed: ['order.created', 'task.created', 'task.updated'] };

/** How far the time of a signature may be from ours, in seconds. */
const toleranceSeconds = 300;

const Created = z.object({
  endpoint: z.object({ id: z.string().max(64), secret: z.string().min(16).max(200) }),
});

const Money = z.object({ amount: z.int(), currency: z.string().regex(/^[A-Z]{3}$/) });
const Event = z.object({
  event: z.object({
    id: z.string().min(1).max(100),
    type: z.string().max(100),
    // What has grown another shape is told without its details, not lost.
    data: z.object({
      invoice: z.object({ number: z.string().nullish(), total: Money.nullish() }).nullish().catch({}),
      order: z
        .object({ total: Money.nullish(), site: z.object({ name: z.string().nullish() }).nullish() })
        .nullish()
        .catch({}),
      task: z
        .object({ title: z.string(), status: z.string().nullish(), assignee: z.object({}).nullish() })
        .nullish()
        .catch(null),
    }),
  }),
});

/**
 * Webhooks of Stora: each connection has one of its own.
 *
 * Not documented, and the behaviour chosen: the signature is in lower-case hex, over the secret as text, with seconds;
 * a repeated delivery is signed anew.
 *
 * @see https://docs.stora.co/2025-09/guides/webhooks
 */
export const storaWebhooks: WebhookSource = {
  accountOf: (connectionId) => connectionId,
  mayShare: async () => true,
  challenge: () => null,

  async register(api, sink) {
    const make = (event_types: string[]) =>
      api('POST', path, { name: 'Staffetta', url: sink, api_version: '2025-09', event_types });
    let answer = await make([...types.documented, ...types.assumed]);
    // A type that does not exist must not cost those that do.
    if (answer.status === 400 || answer.status === 422) answer = await make(types.documented);
    const created = Created.safeParse(answer.body);
    if (!answer.ok || !created.success)
      throw new Failure(answer.ok ? 'provider-unexpected' : 'provider-refused');
    const { id, secret } = created.data.endpoint;
    return { remoteId: id, secret };
  },

  async unregister(api, remoteId) {
    await api('POST', `${path}/${remoteId}/disable`, {});
  },

  async read({ header, body }, { secret, nowMs }) {
    const [, time = '', signature = ''] =
      /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header('x-stora-signature') ?? '') ?? [];
    if (secret === null || signature === '') throw new DeliveryRefused('no signature');
    const expected = createHmac('sha256', secret).update(`${time}.`).update(body).digest();
    if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) throw new DeliveryRefused('signature');
    if (Math.abs(nowMs / 1000 - Number(time)) > toleranceSeconds) throw new DeliveryRefused('time');
    return eventOf(body.toString('utf8'));
  },
};

function eventOf(text: string): WebhookEvent {
  const parsed = Event.safeParse(parseJson(text));
  if (!parsed.success) throw new DeliveryRefused('shape');
  const { id, type, data } = parsed.data.event;
  const { invoice, order, task } = data;
  if (type === 'invoice.paid' && invoice != null) {
    const title = invoice.number ?? '';
    return { id, notice: { kind: 'invoice-paid', title, amount: invoice.total ?? null } };
  }
  if (type === 'order.created' && order != null) {
    const title = order.site?.name ?? '';
    return { id, notice: { kind: 'booking-new', title, amount: order.total ?? null } };
  }
  const isAssigned = task?.assignee != null && task.status !== 'completed';
  if ((type === 'task.created' || type === 'task.updated') && task != null && isAssigned) {
    return { id, notice: { kind: 'task-assigned', title: task.title, amount: null } };
  }
  return { id, notice: null };
}
