import { Failure } from '../../shared/failure.ts';
import type { Provider } from '../../shared/provider.ts';
import { wasNeverSent } from './oauth.ts';

/** One call to a provider's API. */
export interface ProviderRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the provider's origin; of letters, digits and `/_.-` only. */
  path: string;
  /** With its question mark, or empty. */
  query: string;
  accessToken: string;
  /** A file as a stream, anything else whole. */
  /** By which the provider recognises a request that is sent again. */
  idempotencyKey?: string | undefined;
  body?: { content: Buffer | AsyncIterable<Uint8Array>; type: string } | undefined;
}

/** Longest time until a provider's answer is complete, in milliseconds; a file may take as long. */
const timeoutMs = { ordinary: 14_000, file: 120_000 };

/** Runs of a call that may be repeated: one that changes nothing. */
const attemptsMax = 2;

/**
 * Makes one call: to the provider's origin alone, with headers of our own alone, following no redirect.
 *
 * A call that reads is repeated once where the connection broke; a call that writes never is.
 *
 * @throws Failure `provider-down` · `outcome-unknown` (a write whose answer never came) · `provider-unexpected` (redirect)
 */
export async function callProvider(provider: Provider, request: ProviderRequest): Promise<Response> {
  const { method, body } = request;
  for (let attempts = 1; ; attempts += 1) {
    try {
      const response = await fetch(provider.origin + request.path + request.query, {
        method,
        headers: {
          Authorization: `Bearer ${request.accessToken}`,
          Accept: 'application/json',
          ...(body === undefined ? {} : { 'Content-Type': body.type }),
          ...(request.idempotencyKey === undefined ? {} : { 'Idempotency-Key': request.idempotencyKey }),
        },
        ...(body === undefined
          ? {}
          : { body: body.content as NonNullable<RequestInit['body']>, duplex: 'half' as const }), // Node takes any async iterable
        redirect: 'manual',
        signal: AbortSignal.timeout(
          body === undefined || Buffer.isBuffer(body.content) ? timeoutMs.ordinary : timeoutMs.file,
        ),
      });
      if (response.status >= 300 && response.status < 400) throw new Failure('provider-unexpected');
      return response;
    } catch (error) {
      // Our own refusal in the middle of a streamed body comes back as the cause of a failed fetch.
      const own = error instanceof Error && error.cause instanceof Failure ? error.cause : error;
      if (own instanceof Failure) throw own;
      if (method === 'GET' && attempts < attemptsMax) continue;
      const isCertain = method === 'GET' || wasNeverSent(error);
      throw new Failure(isCertain ? 'provider-down' : 'outcome-unknown', { cause: error });
    }
  }
}
