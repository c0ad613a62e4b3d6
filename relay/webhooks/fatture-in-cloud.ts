import { jwtVerify } from 'jose';
import { z } from 'zod';
import { Failure } from '../../shared/failure.ts';
import { parseJson } from '../outbound/parse-json.ts';
import type { NoticeKind } from '../../shared/provider.ts';
import { DeliveryRefused, type WebhookApi, type WebhookSource } from './source.ts';

const prefix = 'it.fattureincloud.webhooks.';

/** What each type of event is to a member. The provider sends ids alone, never the document. */
const kinds: Readonly<Record<string, NoticeKind>> = {
  [`${prefix}issued_documents.e_invoices.status_update`]: 'e-invoice-status',
  [`${prefix}received_documents.e_invoices.receive`]: 'e-invoice-received',
};

const Subscription = z.object({ id: z.string().regex(/^SUB\d{1,12}$/), sink: z.string() });
const Created = z.object({ data: Subscription.pick({ id: true }) });
const List = z.object({ data: z.array(Subscription).nullish() });

/** `jti` is the event's id, `sub` its company, `aud` the address it was sent to. */
const Claims = z.object({ jti: z.string().min(1).max(200), sub: z.string().max(60) });
/** The type travels beside the token: in a header, or in the body where the mapping is structured. */
const Structured = z.object({ type: z.string().max(120) });

/** How far the provider's clock may be from ours, in seconds. */
const toleranceSeconds = 60;

/** The longest the provider lets a token live. */
const tokenLife = '3h';

/** A name that the provider chose and that may be repeated to it. */
const challengeText = /^[\w.~+/=-]{1,300}$/;

const subscriptions = (companyId: number | null): string => `/c/${companyId ?? 0}/subscriptions`;

const list = async (api: WebhookApi, companyId: number | null) => {
  const answer = await api('GET', subscriptions(companyId));
  return answer.ok ? (List.safeParse(answer.body).data?.data ?? []) : null;
};

/**
 * Webhooks of Fatture in Cloud: an app has one for each company and type of event, whoever of the team made it.
 *
 * @see https://developers.fattureincloud.it/docs/webhooks/subscriptions · /notifications
 */
export const fattureInCloudWebhooks: WebhookSource = {
  accountOf: (_, companyId) => (companyId === null ? null : `company:${companyId}`),

  async mayShare(api, companyId) {
    return (await list(api, companyId)) !== null;
  },

  async register(api, sink, companyId) {
    // One that an earlier database of this relay knew would keep its types from the new one.
    const { origin } = new URL(sink);
    for (const old of (await list(api, companyId)) ?? []) {
      if (old.sink.startsWith(`${origin}/webhooks/`)) {
        await api('DELETE', `${subscriptions(companyId)}/${old.id}`);
      }
    }
    const answer = await api('POST', subscriptions(companyId), {
      data: {
        sink,
        types: Object.keys(kinds),
        verification_method: 'header',
        config: { mapping: 'binary' },
      },
    });
    const created = Created.safeParse(answer.body);
    if (!answer.ok || !created.success)
      throw new Failure(answer.ok ? 'provider-unexpected' : 'provider-refused');
    return { remoteId: created.data.data.id, secret: null };
  },

  async unregister(api, remoteId, companyId) {
    await api('DELETE', `${subscriptions(companyId)}/${remoteId}`);
  },

  async read({ header, body, sink }, { key, nowMs }) {
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(header('authorization') ?? '')?.[1];
    if (key === null || token === undefined) throw new DeliveryRefused('no signature');
    const payload = await jwtVerify(token, key, {
      algorithms: ['ES256'],
      audience: sink,
      clockTolerance: toleranceSeconds,
      currentDate: new Date(nowMs),
      maxTokenAge: tokenLife,
      requiredClaims: ['exp'],
    }).then(
      (verified) => verified.payload,
      (error: unknown) => {
        throw new DeliveryRefused(error instanceof Error ? error.name : 'signature');
      },
    );
    const claims = Claims.safeParse(payload);
    if (!claims.success) throw new DeliveryRefused('claims');
    const type = header('ce-type') ?? structuredType(body);
    const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
    return {
      id: claims.data.jti,
      notice: kind === undefined ? null : { kind, title: '', amount: null },
    };
  },

  challenge(header) {
    const text = header('x-fic-verification-challenge');
    return text !== undefined && challengeText.test(text) ? { verification: text } : null;
  },
};

const structuredType = (body: Buffer): string =>
  Structured.safeParse(parseJson(body.toString('utf8'))).data?.type ?? '';
