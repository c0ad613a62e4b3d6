import { createHash, randomUUID } from 'node:crypto';
import type { Hono } from 'hono';
import { SignJWT } from 'jose';
import { z } from 'zod';
import { apiError, type ApiOptions, type Entry } from './entry.ts';
import type { SandboxState, Subscription } from './state.ts';

const NewSubscription = z.object({
  data: z.object({
    sink: z.url(),
    types: z.array(z.string()),
    verification_method: z.enum(['header', 'query']).default('header'),
    config: z.object({ mapping: z.enum(['binary', 'structured']) }).default({ mapping: 'binary' }),
  }),
});

const shown = ({ id, sink, verified, types, config }: Subscription) => ({
  id,
  sink,
  verified,
  types,
  config,
});

/** Mounts what the company tells of by itself. */
export function mountSubscriptions(app: Hono, { state }: ApiOptions, { enter }: Entry): void {
  const path = '/c/:company/subscriptions';
  const own = (companyId: number, clientId: string): Subscription[] =>
    state.subscriptions.filter((one) => one.companyId === companyId && one.clientId === clientId);

  app.get(path, (c) => {
    const entered = enter(c, null);
    if (entered instanceof Response) return entered;
    const data = own(entered.companyId, entered.clientId).map(shown);
    return c.json({ data }, 200, entered.headers);
  });

  app.post(path, async (c) => {
    const entered = enter(c, null);
    if (entered instanceof Response) return entered;
    const body = NewSubscription.safeParse(await c.req.json().catch(() => null));
    if (!body.success) return apiError(c, 422, 'Invalid request.', { validation_result: null });
    const { sink, types, verification_method, config } = body.data.data;
    const taken = new Set(own(entered.companyId, entered.clientId).flatMap((one) => one.types));
    const subscription: Subscription = {
      id: `SUB${state.subscriptions.length + 1}`,
      sink,
      verified: false,
      types: types.filter((type) => !taken.has(type)),
      config,
      companyId: entered.companyId,
      clientId: entered.clientId,
    };
    state.subscriptions.push(subscription);
    void verify(subscription, verification_method).finally(() => {
      state.verifications += 1;
    });
    const warnings = types.filter((type) => taken.has(type));
    return c.json({ data: shown(subscription), warnings }, 200, entered.headers);
  });

  app.delete(`${path}/:subscription`, (c) => {
    const entered = enter(c, null);
    if (entered instanceof Response) return entered;
    const at = state.subscriptions.findIndex(({ id }) => id === c.req.param('subscription'));
    if (at < 0) return apiError(c, 404, 'Risorsa non trovata.');
    state.subscriptions.splice(at, 1);
    return c.body(null, 200, entered.headers);
  });
}

/** Asks the address to repeat a word; the real one tries five times in an hour. */
async function verify(subscription: Subscription, method: 'header' | 'query'): Promise<void> {
  const word = randomUUID();
  const url = new URL(subscription.sink);
  if (method === 'query') url.searchParams.set('x-fic-verification-challenge', word);
  const headers = method === 'header' ? { 'x-fic-verification-challenge': word } : {};
  const answer = await fetch(url, { headers }).catch(() => null);
  const said: unknown = await answer?.json().catch(() => null);
  subscription.verified =
    answer?.status === 200 && (said as { verification?: unknown } | null)?.verification === word;
}

/** An event on its way to one subscription. */
export interface FicDelivery {
  url: string;
  init: { method: 'POST'; headers: Record<string, string>; body: string };
}

/** What the provider sends to everybody who wants events of `type` in a company. Times are the sandbox's own. */
export async function deliveriesOf(
  { subscriptions, webhookKey }: Pick<SandboxState, 'subscriptions' | 'webhookKey'>,
  event: { companyId: number; type: string; ids: number[] },
  nowMs: number,
): Promise<FicDelivery[]> {
  const wanting = subscriptions.filter(
    ({ companyId, types, verified }) =>
      verified && companyId === event.companyId && types.includes(event.type),
  );
  return Promise.all(
    wanting.map(async ({ sink, clientId }) => {
      const id = `${createHash('sha256').update(randomUUID()).digest().readUInt32BE()}:${randomUUID()}`;
      const subject = `company:${event.companyId}`;
      const seconds = Math.floor(nowMs / 1000);
      const token = await new SignJWT({ aid: clientId })
        .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
        .setJti(id)
        .setIssuer('api-v2.fattureincloud.it')
        .setSubject(subject)
        .setAudience([sink])
        .setIssuedAt(seconds)
        .setExpirationTime(seconds + 10_800)
        .sign(webhookKey.privateKey);
      return {
        url: sink,
        init: {
          method: 'POST' as const,
          headers: {
            Authorization: `Bearer ${token}`,
            'Content-Type': 'application/json',
            'User-Agent': 'FattureInCloud/API-WEBHOOK',
            'ce-type': event.type,
            'ce-time': new Date(nowMs).toISOString(),
            'ce-subject': subject,
            'ce-specversion': '1.0',
            'ce-source': 'https://api-v2.fattureincloud.it',
            'ce-id': id,
          },
          body: JSON.stringify({ data: { ids: event.ids } }),
        },
      };
    }),
  );
}
