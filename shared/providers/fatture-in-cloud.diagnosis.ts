import { z } from 'zod';
import type { RefusedCall } from '../refused-call.ts';
import { Failure } from '../failure.ts';
import { coversScope } from '../scopes.ts';
import { fattureInCloud } from './fatture-in-cloud.ts';

const Body = z.object({
  error: z.object({
    code: z.string().optional(),
    validation_result: z.record(z.string(), z.unknown()).nullish(),
  }),
});

/** What `/c/{company_id}/company/info` says of the user's rights; its call needs no scope. */
const CompanyInfo = z.object({
  data: z.object({
    access_info: z.object({ permissions: z.record(z.string(), z.unknown()) }).nullish(),
  }),
});

/** What `/c/{company_id}/company/plan_usage` says. */
const PlanUsage = z.object({
  data: z.object({ limit: z.number().nullish(), usage: z.number().nullish() }).nullish(),
});

/** Rights as the company's administrator gives them under Utenti e Permessi, by the part of the account they open. */
const rights: Readonly<Record<string, string>> = {
  'entity.clients': 'fic_clients',
  'entity.suppliers': 'fic_suppliers',
  products: 'fic_products',
  stock: 'fic_stock',
  issued_documents: 'fic_issued_documents',
  received_documents: 'fic_received_documents',
  receipts: 'fic_receipts',
  taxes: 'fic_taxes',
  archive: 'fic_archive',
  cashbook: 'fic_cashbook',
  settings: 'fic_settings',
  calendar: 'fic_calendar',
  emails: 'fic_emails',
  situation: 'fic_situation',
};

/** What the plan counts, by the part of the account that grows. */
const planCategories: Readonly<Record<string, string>> = {
  'entity.clients': 'clients',
  'entity.suppliers': 'suppliers',
  products: 'products',
  issued_documents: 'documents',
};

const resourceOf = (scope: string): string => scope.slice(0, scope.lastIndexOf(':'));
const familyOf = (resource: string): string =>
  resource.startsWith('issued_documents.') ? 'issued_documents' : resource;

/** The calls that tell the reasons for a refusal apart; none where the refusal says enough by itself. */
export function fattureInCloudQuestions({
  status,
  headers,
  body,
  path,
  scopes,
  method,
}: RefusedCall): string[] {
  const company = /^\/c\/\d+(?=\/)/.exec(path)?.[0];
  const error = Body.safeParse(body).data?.error;
  const isClear =
    company === undefined ||
    path.startsWith(`${company}/company/`) ||
    error?.code === 'LICENSE_EXPIRED' ||
    Object.keys(error?.validation_result ?? {}).length > 0 ||
    ![403, 409, 422].includes(status) ||
    isQuota(status, headers);
  if (isClear) return [];
  const category = planCategories[familyOf(resourceOf(scopes[0] ?? ''))];
  return [
    ...(status === 403 ? [`${company}/company/info`] : []),
    ...(method === 'POST' && category !== undefined
      ? [`${company}/company/plan_usage?category=${category}`]
      : []),
  ];
}

const isQuota = (status: number, headers: RefusedCall['headers']): boolean =>
  status === 429 ||
  (status === 403 &&
    (headers.get('retry-after') !== null ||
      headers.get('ratelimit-hourlyremaining') === '0' ||
      headers.get('ratelimit-monthlyremaining') === '0'));

/**
 * Why Fatture in Cloud refused a call. Messages are Italian or English and are never matched.
 *
 * A 403 with `Retry-After`, or with nothing left in a `RateLimit` header, is the hourly or monthly quota; a 429 the short
 * one. A 401 on a company's path also means that the token was not given that company (third-party report; treated so
 * because reconnecting mends both). The other 403s are told apart by what the token may do, by the user's rights in the
 * company, and by what the plan has left. How a full plan is refused is not documented: any refusal of a new record
 * without a field at fault counts, while the plan says that nothing is left.
 *
 * @param answers what the calls of `fattureInCloudQuestions` brought
 * @see https://developers.fattureincloud.it/docs/basics/errors · /docs/basics/limits-and-quotas · /docs/basics/scopes
 */
export function diagnoseFattureInCloud(refusal: RefusedCall, answers: readonly unknown[] = []): Failure {
  const { status, headers, body, path, scopes, granted } = refusal;
  const error = Body.safeParse(body).data?.error;
  const seconds = Number.parseInt(headers.get('retry-after') ?? '', 10);
  const retryAfterSeconds =
    Number.isInteger(seconds) && seconds >= 0 ? Math.min(seconds, 2_678_400) : undefined;
  if (isQuota(status, headers)) return new Failure('quota', { retryAfterSeconds });
  if (status === 401) return new Failure(path.startsWith('/c/') ? 'company-not-granted' : 'revoked');
  if (status === 403 && error?.code === 'LICENSE_EXPIRED') return new Failure('licence-expired');

  const plan = answers
    .map((answer) => PlanUsage.safeParse(answer).data?.data)
    .find((data) => data?.limit != null);
  const isFull = plan?.limit != null && plan.usage != null && plan.usage >= plan.limit;
  const fields = Object.keys(error?.validation_result ?? {}).slice(0, 20);
  if (status === 403) {
    const missing =
      granted === null ? [] : scopes.filter((scope) => !coversScope(fattureInCloud, granted, scope));
    if (missing.length > 0) return new Failure('missing-scope', { scopes: missing });
    const info = answers
      .map((answer) => CompanyInfo.safeParse(answer).data?.data.access_info)
      .find((found) => found != null);
    const permissions = info?.permissions;
    if (permissions !== undefined) {
      const forbidden = scopes.filter((scope) => !isAllowed(permissions, scope));
      if (forbidden.length > 0) return new Failure('missing-permission', { scopes: forbidden });
      if (isFull) return new Failure('plan-limit');
    }
    // Nobody but the member knows what they ticked for a token made by hand.
    return new Failure(granted === null ? 'scope-not-ticked' : 'missing-permission', { scopes });
  }
  if (status === 409 || status === 422 || status === 400) {
    if (isFull && fields.length === 0) return new Failure('plan-limit');
    return new Failure('provider-rejected-data', { fields });
  }
  if (status >= 500) return new Failure('provider-down', { retryAfterSeconds });
  return new Failure('provider-unexpected');
}

/** Whether a user's rights in the company include what a scope opens. */
function isAllowed(permissions: Readonly<Record<string, unknown>>, scope: string): boolean {
  const resource = resourceOf(scope);
  const family = familyOf(resource);
  const right = rights[family];
  let level = right === undefined ? undefined : permissions[right];
  if (level === 'detailed') {
    const detailed = permissions[`${right}_detailed`];
    level =
      z.record(z.string(), z.unknown()).safeParse(detailed).data?.[resource.slice(family.length + 1)] ??
      'write';
  }
  // A right that the answer does not name is not what stands in the way.
  return (
    level === undefined || level === null || level === 'write' || (level === 'read' && scope.endsWith(':r'))
  );
}
