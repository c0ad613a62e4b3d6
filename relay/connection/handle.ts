import { z } from 'zod';
import type { FlowId } from '../../shared/ids.ts';
import type { Flow } from '../store/flows.ts';
import { VaultError, type Place, type Vault } from '../keys/vault.ts';

/** What a provider's callback brought for a flow. The code never leaves the relay in the clear. */
export interface CallbackAnswer {
  code: string;
  /** RFC 9207 `iss`; null where the provider sends none. */
  issuer: string | null;
}

const Sealed = z.object({ code: z.string(), issuer: z.string().nullable() });

/** What an answer is sealed for. */
type Bound = Pick<Flow, 'thumbprint' | 'providerId' | 'expiresAtMs'> & { id: string };

const placeOf = (flow: Bound): Place => ({
  table: 'flows',
  row: flow.id,
  column: 'handle',
  owner: [flow.thumbprint, flow.providerId, String(flow.expiresAtMs)],
});

/**
 * Seals a callback's answer for one flow, one key, one provider and one expiry.
 *
 * The result travels through the browser; without the key that started the flow it is worth nothing, and in another
 * flow it does not open.
 */
export function sealHandle(vault: Vault, flow: Bound, answer: CallbackAnswer): string {
  return vault.seal(placeOf(flow), JSON.stringify(answer));
}

/** Opens a handle; null where it was made for another flow, key or provider, or altered. */
export function openHandle(vault: Vault, flow: Bound, handle: string): CallbackAnswer | null {
  try {
    return Sealed.parse(JSON.parse(vault.open(placeOf(flow), handle)));
  } catch (error) {
    if (error instanceof VaultError) return null;
    throw error;
  }
}

const verifierPlace = (id: FlowId): Place => ({
  table: 'flows',
  row: id,
  column: 'provider_verifier',
  owner: [],
});

/** Seals the PKCE verifier between relay and provider for the flow's row. */
export function sealVerifier(vault: Vault, id: FlowId, verifier: string): string {
  return vault.seal(verifierPlace(id), verifier);
}

/** The flow's PKCE verifier; null where the provider has no PKCE. */
export function verifierOf(vault: Vault, flow: Flow): string | null {
  return flow.providerVerifier === null ? null : vault.open(verifierPlace(flow.id), flow.providerVerifier);
}
