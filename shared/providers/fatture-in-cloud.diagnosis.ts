import { z } from 'zod';
import { Failure } from '../failure.ts';

/** What of an API answer says why it is a refusal. Messages are Italian or English and are never matched. */
interface Refusal {
  status: number;
  /** Value of `Retry-After`, seconds. */
  retryAfter: string | null;
  body: unknown;
  /** Path of the call below the API's origin. */
  path: string;
  /** Scopes the call needs. */
  scopes: readonly string[];
}

const Body = z.object({
  error: z.object({
    code: z.string().optional(),
    validation_result: z.record(z.string(), z.unknown()).nullish(),
  }),
});

/**
 * Why Fatture in Cloud refused a call.
 *
 * A 403 with `Retry-After` is the hourly or monthly quota, a 429 the short one. A 401 on a company's path also means
 * that the token was not given that company (third-party report; treated so because reconnecting mends both).
 *
 * @see https://developers.fattureincloud.it/docs/basics/errors · /docs/basics/limits-and-quotas
 */
export function diagnoseFattureInCloud({ status, retryAfter, body, path, scopes }: Refusal): Failure {
  const error = Body.safeParse(body).data?.error;
  const seconds = Number.parseInt(retryAfter ?? '', 10);
  const retryAfterSeconds =
    Number.isInteger(seconds) && seconds >= 0 ? Math.min(seconds, 2_678_400) : undefined;
  if (status === 429 || (status === 403 && retryAfterSeconds !== undefined)) {
    return new Failure('quota', { retryAfterSeconds });
  }
  if (status === 401) return new Failure(path.startsWith('/c/') ? 'company-not-granted' : 'revoked');
  if (status === 403) {
    return error?.code === 'LICENSE_EXPIRED'
      ? new Failure('licence-expired')
      : new Failure('missing-permission', { scopes });
  }
  if (status === 409 || status === 422 || status === 400) {
    const fields = Object.keys(error?.validation_result ?? {}).slice(0, 20);
    return new Failure('provider-rejected-data', { fields });
  }
  if (status >= 500) return new Failure('provider-down', { retryAfterSeconds });
  return new Failure('provider-unexpected');
}
