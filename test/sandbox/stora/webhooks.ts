import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { Record_, StoraState } from './state.ts';

/** An event on its way to one endpoint. */
export interface StoraDelivery {
  url: string;
  init: { method: 'POST'; headers: Record<string, string>; body: string };
}

/** The signature that Stora's guide describes: HMAC-SHA256 over time and raw body. */
export function storaSignature(secret: string, seconds: number, body: string): string {
  const hex = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${hex}`;
}

/** What is sent to every enabled endpoint that wants events of `type`, about one record. */
export function storaDeliveriesOf(
  state: StoraState,
  type: string,
  record: Record_,
  nowMs: number,
): StoraDelivery[] {
  const [resource = ''] = type.split('.');
  const event = {
    id: `evt_${randomBytes(8).toString('hex')}`,
    type,
    api_version: '2025-09',
    created_at: new Date(nowMs).toISOString(),
    data: { [resource]: record },
  };
  const body = JSON.stringify({ event });
  const wanting = state
    .list('webhook_endpoints')
    .filter(({ status, event_types }) => status === 'enabled' && (event_types as string[]).includes(type));
  return wanting.map(({ id, url }) => ({
    url: String(url),
    init: {
      method: 'POST' as const,
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': 'Stora-Webhooks/1.0',
        'X-Stora-Signature': storaSignature(
          state.webhookSecrets.get(id) ?? '',
          Math.floor(nowMs / 1000),
          body,
        ),
        'X-Stora-Request-Id': randomUUID(),
      },
      body,
    },
  }));
}
