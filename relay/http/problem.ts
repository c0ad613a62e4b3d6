import { diagnosisOf, type FailureCode } from '../../shared/diagnosis.ts';
import { problemOf, reportOf } from '../../shared/failure.ts';
import { Refusal } from '../failures/refusal.ts';

/** HTTP status of each reason for refusal. Reasons that only the extension raises never get here: they count as ours. */
const statuses: Partial<Record<FailureCode, number>> = {
  'not-admin': 403,
  'last-admin': 409,
  'team-has-one': 409,
  'address-taken': 409,
  'changed-meanwhile': 409,
  'blocked-by-admin': 403,
  'extension-outdated': 426,
  'relay-outdated': 426,
  expired: 409,
  revoked: 409,
  interrupted: 409,
  'access-brokered': 403,
  'not-allowed': 403,
  'missing-scope': 403,
  'missing-permission': 403,
  'scope-not-ticked': 403,
  'licence-expired': 403,
  'plan-limit': 403,
  'company-not-granted': 403,
  'provider-rejected-data': 422,
  'token-refused': 422,
  quota: 429,
  'outcome-unknown': 502,
  'provider-down': 503,
  'provider-misconfigured': 503,
  'provider-refused': 502,
  'provider-unexpected': 502,
  declined: 403,
  'flow-expired': 400,
  'flow-unknown': 404,
  'flow-used': 409,
  'response-mismatch': 400,
  'key-mismatch': 401,
  'relay-down': 503,
  'rate-limited': 429,
  'invite-invalid': 400,
  'sign-in-off': 403,
  'sign-in-refused': 403,
  'not-enrolled': 401,
  'session-expired': 401,
  'proof-invalid': 401,
  'nonce-required': 401,
  clock: 401,
  'origin-refused': 403,
  'request-invalid': 400,
  'request-too-large': 413,
  'media-type-refused': 415,
  'method-refused': 405,
  'not-found': 404,
  'storage-unavailable': 503,
  internal: 500,
};

/** The status of a refusal with this code; undefined for a reason that only the extension has. */
export const statusOfCode = (code: FailureCode): number | undefined => statuses[code];

const statusOf = (error: unknown): number => statusOfCode(reportOf(error).code) ?? 500;

/** What `app.ts` answers for a refusal. */
interface RefusalAnswer {
  body: string;
  status: number;
  headers: Record<string, string>;
}

/** The refusal as problem details (RFC 9457), with the headers that DPoP (RFC 9449 §7.1, §9) and waiting need. */
export function refusalOf(error: unknown, requestId: string): RefusalAnswer {
  const status = statusOf(error);
  const problem = problemOf(error, status, requestId);
  const { oauthError } = diagnosisOf(problem.code);
  const challenge = oauthError === undefined ? '' : `, error="${oauthError}"`;
  return {
    body: JSON.stringify(problem),
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      ...(status === 401 ? { 'WWW-Authenticate': `DPoP algs="ES256"${challenge}` } : {}),
      ...(error instanceof Refusal ? error.headers : {}),
      ...(problem.retryAfterSeconds === undefined
        ? {}
        : { 'Retry-After': String(problem.retryAfterSeconds) }),
    },
  };
}
