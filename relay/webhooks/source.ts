import type { KeyObject } from 'node:crypto';
import type { NoticeKind } from '../../shared/provider.ts';

/** A JSON call to the provider with the subscribing member's token. `body` of the answer is null where it is no JSON. */
export type WebhookApi = (
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
) => Promise<{ ok: boolean; status: number; body: unknown }>;

/** One delivery as it came over the wire; nothing of it is believed yet. */
export interface Delivery {
  header(name: string): string | undefined;
  body: Buffer;
  /** The address that the provider was told to deliver to. */
  sink: string;
}

/** What a delivery is checked with. */
export interface DeliveryKeys {
  /** What the provider gave when the webhook was made; null where it signs otherwise. */
  secret: string | null;
  /** The provider's public key; null where it signs otherwise. */
  key: KeyObject | null;
  nowMs: number;
}

/** An event of which it is proven that the provider sent it, lately, to us. */
export interface WebhookEvent {
  /** By which a repetition is recognised. */
  id: string;
  /** What of it members may want to know; null for anything else. */
  notice: { kind: NoticeKind; title: string; amount: { amount: number; currency: string } | null } | null;
}

/** Why a delivery is refused. */
export class DeliveryRefused extends Error {
  override readonly name = 'DeliveryRefused';
}

/** How one provider tells of what happens. Everything that is true of it alone. */
export interface WebhookSource {
  /** What one webhook is for: several members may share it, if each of them may see the account. */
  accountOf(connectionId: string, companyId: number | null): string | null;
  /**
   * Has the provider deliver to `sink`.
   *
   * @returns the provider's id of the webhook, and the secret it signs with, if it has one
   * @throws Failure as `judge`
   */
  register(
    api: WebhookApi,
    sink: string,
    companyId: number | null,
  ): Promise<{ remoteId: string; secret: string | null }>;
  /** Whether this member may hear of an account whose webhook another member has made. */
  mayShare(api: WebhookApi, companyId: number | null): Promise<boolean>;
  /** Ends the webhook where the provider has a call for that. */
  unregister(api: WebhookApi, remoteId: string, companyId: number | null): Promise<void>;
  /**
   * Reads a delivery.
   *
   * @throws DeliveryRefused where it is not signed by the provider, for us, lately
   */
  read(delivery: Delivery, keys: DeliveryKeys): Promise<WebhookEvent>;
  /** The answer to a provider that wants to see that the address is ours; null where the request is nothing of the kind. */
  challenge(header: Delivery['header']): object | null;
}
