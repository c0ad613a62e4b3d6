import { z } from 'zod';
import { ProviderFailure } from './failure.ts';

/** Largest answer of a token endpoint that is read, in bytes. */
const answerBytesMax = 64 * 1024;

/**
 * Sends to `destinations` only, whatever a description has become since start; reads at most `answerBytesMax` of an
 * answer within the time of `signal`, so that neither an endless body nor a slow one can hold a caller; and hands
 * oauth4webapi an answer that is already whole.
 */
export const boundedFetch =
  (destinations: ReadonlySet<string>): typeof fetch =>
  async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (!destinations.has(url))
      throw new ProviderFailure('provider-misconfigured', {
        cause: new Error('destination'),
        mayHaveActed: false,
      });
    const response = await fetch(input, init);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength;
      if (size > answerBytesMax) throw new ProviderFailure('provider-unexpected', { mayHaveActed: true });
      chunks.push(chunk);
    }
    // A 3xx may not be built with a body; it is refused anyway.
    return new Response(
      chunks.length === 0 ? null : flatError(Buffer.concat(chunks), response.status),
      response,
    );
  };

const Enveloped = z.object({ error: z.object({ code: z.string(), message: z.string().optional() }) });

/** An OAuth error as the standard writes it, where a provider wraps it in its API's own shape. */
function flatError(body: Buffer<ArrayBuffer>, status: number): Buffer<ArrayBuffer> | string {
  if (status < 400) return body;
  try {
    const { error } = Enveloped.parse(JSON.parse(body.toString('utf8')));
    return JSON.stringify({ error: error.code, error_description: error.message });
  } catch {
    return body;
  }
}

/** The same requests with their forms written as JSON. */
export const asJson =
  (send: typeof fetch): typeof fetch =>
  (url, init = {}) => {
    const { body } = init;
    if (!(body instanceof URLSearchParams)) return send(url, init);
    const headers = new Headers(init.headers);
    headers.set('content-type', 'application/json');
    return send(url, { ...init, headers, body: JSON.stringify(Object.fromEntries(body)) });
  };

/**
 * Aborts a little after `ms`: in two steps, so that a process which was stopped for longer than that reads the answer
 * that has arrived meanwhile before it gives up waiting. That answer may be the only copy of a rotated token.
 */
export function timeout(ms: number): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort(new DOMException('the provider is too slow', 'TimeoutError'));
  setTimeout(() => setTimeout(abort, 100).unref(), ms).unref();
  return controller.signal;
}
