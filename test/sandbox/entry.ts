import type { Context } from 'hono';
import { fattureInCloud } from '../../shared/providers/fatture-in-cloud.ts';
import { coversScope } from '../../shared/scopes.ts';
import { countCall } from './quota.ts';
import type { Authorization, PlainRecord, SandboxState, User } from './state.ts';

/** What every part of the API works with. */
export interface ApiOptions {
  state: SandboxState;
  now(): number;
}

/** A call that was let in. */
interface Entered {
  companyId: number;
  headers: Record<string, string>;
  user: User | undefined;
  clientId: string;
}

/** An error as the API writes it. */
export const apiError = (
  c: Context,
  status: 401 | 403 | 404 | 405 | 422 | 429,
  message: string,
  more: { code?: string; validation_result?: Record<string, string[]> | null } = {},
  headers: Record<string, string> = {},
): Response => c.json({ error: { message, ...more } }, status, headers);

/** The refusal of one field. */
export const validationError = (c: Context, field: string, message: string): Response =>
  apiError(c, 422, 'Invalid request.', { validation_result: { [field]: [message] } });

/** A record as the API shows it. */
export function shown(record: PlainRecord): Record<string, unknown> {
  const { companyId: _, ...rest } = record;
  return rest;
}

/** One page of a list, as every paginated answer of the API has it. */
export function page(c: Context, all: readonly unknown[], path: string) {
  const perPage = Math.min(Math.max(Number(c.req.query('per_page') ?? 50) || 50, 1), 100);
  const number = Math.max(Number(c.req.query('page') ?? 1) || 1, 1);
  const from = (number - 1) * perPage;
  const data = all.slice(from, from + perPage);
  const last = Math.max(Math.ceil(all.length / perPage), 1);
  return {
    current_page: number,
    data,
    first_page_url: 'page=1',
    from: data.length === 0 ? null : from + 1,
    last_page: last,
    last_page_url: `page=${last}`,
    next_page_url: number < last ? `page=${number + 1}` : null,
    path,
    per_page: perPage,
    prev_page_url: number > 1 ? `page=${number - 1}` : null,
    to: data.length === 0 ? null : from + data.length,
    total: all.length,
  };
}

/** The answer to a token that is none, or does not open this company. */
export const unauthorized = (c: Context): Response =>
  apiError(c, 401, 'Token non valido o scaduto.', { code: 'UNAUTHORIZED' });

/** How calls are let in. */
export interface Entry {
  authorizationOf(c: Context): Authorization | null;
  userOf(authorization: Authorization): User | undefined;
  /** Checks token, company, quota, licence, scope and the sub-user's right, in the order the provider is known to. */
  enter(c: Context, scope: string | null): Entered | Response;
}

/** Creates the door that every part of the API shares. */
export function createEntry({ state, now }: ApiOptions): Entry {
  const authorizationOf = (c: Context): Authorization | null => {
    const token = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1];
    const issued = state.issued.find(({ kind, value }) => kind === 'access' && value === token);
    const isGood = issued !== undefined && !issued.authorization.revoked && issued.expiresAtMs > now();
    if (isGood && issued.replaces !== undefined) issued.replaces.used = true;
    return isGood ? issued.authorization : null;
  };
  const userOf = ({ userId }: Authorization): User | undefined => state.users.find(({ id }) => id === userId);

  const reachable = ({ companyIds }: Authorization): number[] =>
    state.companies
      .filter(({ id }) => companyIds.includes(id))
      .flatMap(({ id, type, controlledIds }) => (type === 'accountant' ? controlledIds : [id]));

  const enter = (c: Context, scope: string | null): Entered | Response => {
    const authorization = authorizationOf(c);
    const companyId = Number(c.req.param('company'));
    if (authorization === null || !reachable(authorization).includes(companyId)) return unauthorized(c);
    const { clientId } = authorization;
    const quota = countCall(state, { companyId, clientId, atMs: now() });
    if (quota.refusal !== null) {
      const { status, retryAfter } = quota.refusal;
      return apiError(c, status, 'Limite di richieste superato.', {}, { 'Retry-After': String(retryAfter) });
    }
    if (state.companies.find(({ id }) => id === companyId)?.licenceExpired === true) {
      return apiError(c, 403, 'La licenza è scaduta.', { code: 'LICENSE_EXPIRED' });
    }
    const user = userOf(authorization);
    const isAllowed =
      scope === null ||
      (coversScope(fattureInCloud, authorization.scopes, scope) && user?.mayUseClients === true);
    if (!isAllowed)
      return apiError(c, 403, 'Non hai i permessi per questa operazione.', { code: 'NO_PERMISSION' });
    return { companyId, headers: quota.headers, user, clientId };
  };

  return { authorizationOf, userOf, enter };
}
