import { z } from 'zod';
import type { RefusedCall } from '../refused-call.ts';
import { Failure } from '../failure.ts';

const Body = z.object({
  error: z.object({
    code: z.string(),
    details: z.array(z.object({ pointer: z.string().nullish() })).nullish(),
  }),
});

/**
 * Why Stora refused a call. A missing scope and a missing right are the same 403, which names neither: what the
 * connection was granted tells them apart.
 *
 * @see https://docs.stora.co/2025-09/guides/errors · /requests
 */
export function diagnoseStora({ status, headers, body, scopes, granted }: RefusedCall): Failure {
  const error = Body.safeParse(body).data?.error;
  if (status === 429) return new Failure('quota', { retryAfterSeconds: secondsLeft(headers) });
  if (status === 401) return new Failure('revoked');
  if (status === 403) {
    const missing = scopes.filter((scope) => granted?.includes(scope) === false);
    return missing.length > 0
      ? new Failure('missing-scope', { scopes: missing })
      : new Failure('missing-permission', { scopes });
  }
  if (status === 409 || status === 422 || status === 400) {
    const fields = (error?.details ?? []).flatMap(({ pointer }) =>
      pointer == null ? [] : [pointer.replace(/^#?\//, '').replaceAll('/', '.')],
    );
    return new Failure('provider-rejected-data', { fields: fields.slice(0, 20) });
  }
  if (status === 404) return new Failure('not-found');
  if (status >= 500) return new Failure('provider-down');
  return new Failure('provider-unexpected');
}

/** `Retry-After`, else the end of the window (epoch seconds) against the server's own clock. */
function secondsLeft(headers: RefusedCall['headers']): number | undefined {
  const said = Number.parseInt(headers.get('retry-after') ?? '', 10);
  if (said >= 0) return Math.min(said, 3_600);
  const nowSeconds = Date.parse(headers.get('date') ?? '') / 1000;
  const left = Math.ceil(Number.parseInt(headers.get('ratelimit-reset') ?? '', 10) - nowSeconds);
  return left > 0 ? Math.min(left, 3_600) : undefined;
}
