import { describe, expect, it } from 'vitest';
import { diagnose } from '../../shared/diagnose.ts';
import type { RefusedCall } from '../../shared/refused-call.ts';
import { fattureInCloud } from '../../shared/providers/fatture-in-cloud.ts';

const path = '/c/1/entities/clients';
const denied = { error: { message: 'x', code: 'NO_PERMISSION' } };
const rights = (level: string) => ({
  data: { access_info: { role: 'subaccount', permissions: { fic_clients: level } } },
});
const plan = (limit: number | null, usage: number) => ({ data: { limit, usage } });

interface Case extends Partial<Omit<RefusedCall, 'headers'>> {
  headers?: Record<string, string>;
  /** What company/info and company/plan_usage answer. */
  info?: unknown;
  usage?: unknown;
  code: string;
  scopes?: string[];
  says?: Record<string, unknown>;
}

const read = ['entity.clients:r'];
const write = ['entity.clients:a'];

/** One row for each way in which the facts sheet knows the provider to say no. */
const rows: Record<string, Case> = {
  'the short limit': {
    status: 429,
    headers: { 'Retry-After': '12' },
    code: 'quota',
    says: { retryAfterSeconds: 12 },
  },
  'the short limit without a time': { status: 429, code: 'quota' },
  'the hourly or monthly limit, which is a 403 with a time': {
    status: 403,
    headers: { 'Retry-After': '1200' },
    body: denied,
    code: 'quota',
    says: { retryAfterSeconds: 1200 },
  },
  'a 403 with no call left this hour': {
    status: 403,
    headers: { 'RateLimit-HourlyRemaining': '0' },
    code: 'quota',
  },
  'a 403 with no call left this month': {
    status: 403,
    headers: { 'RateLimit-MonthlyRemaining': '0' },
    code: 'quota',
  },
  'an expired licence': {
    status: 403,
    body: { error: { message: 'x', code: 'LICENSE_EXPIRED' } },
    code: 'licence-expired',
  },
  'a scope that was never granted': {
    status: 403,
    body: denied,
    scopes: write,
    granted: read,
    code: 'missing-scope',
    says: { scopes: write },
  },
  'a scope that writing includes': {
    status: 403,
    body: denied,
    granted: write,
    info: rights('none'),
    code: 'missing-permission',
  },
  'a sub-user without any right': {
    status: 403,
    body: denied,
    info: rights('none'),
    code: 'missing-permission',
    says: { scopes: read },
  },
  'a sub-user who may only read': {
    status: 403,
    body: denied,
    scopes: write,
    granted: write,
    info: rights('read'),
    code: 'missing-permission',
  },
  'a sub-user whose rights cannot be read': {
    status: 403,
    body: denied,
    info: null,
    code: 'missing-permission',
  },
  'documents of a kind that the user may not see': {
    status: 403,
    path: '/c/1/issued_documents',
    body: denied,
    scopes: ['issued_documents.quotes:r'],
    granted: null,
    info: {
      data: {
        access_info: {
          permissions: {
            fic_issued_documents: 'detailed',
            fic_issued_documents_detailed: { quotes: 'none' },
          },
        },
      },
    },
    code: 'missing-permission',
  },
  'a token made by hand without the box': {
    status: 403,
    body: denied,
    granted: null,
    info: rights('write'),
    code: 'scope-not-ticked',
    says: { scopes: read },
  },
  'a token made by hand of a sub-user': {
    status: 403,
    body: denied,
    granted: null,
    info: rights('none'),
    code: 'missing-permission',
  },
  'a token made by hand whose rights cannot be read': {
    status: 403,
    body: denied,
    granted: null,
    info: null,
    code: 'scope-not-ticked',
  },
  'a full plan, as a 403': {
    method: 'POST',
    status: 403,
    body: { error: { message: 'x' } },
    scopes: write,
    granted: write,
    info: rights('write'),
    usage: plan(10, 10),
    code: 'plan-limit',
  },
  'a full plan, as a 422 without a field': {
    method: 'POST',
    status: 422,
    body: { error: { message: 'x' } },
    scopes: write,
    granted: write,
    usage: plan(10, 11),
    code: 'plan-limit',
  },
  'a plan with room': {
    method: 'POST',
    status: 403,
    body: denied,
    scopes: write,
    granted: write,
    info: rights('write'),
    usage: plan(10, 9),
    code: 'missing-permission',
  },
  'a plan without limit': {
    method: 'POST',
    status: 422,
    body: { error: { message: 'x' } },
    usage: plan(null, 9),
    code: 'provider-rejected-data',
  },
  'a field at fault, whatever the plan says': {
    method: 'POST',
    status: 422,
    body: {
      error: {
        message: 'Invalid request.',
        validation_result: { 'data.name': ['The data.name field is required.'] },
      },
    },
    usage: plan(10, 10),
    code: 'provider-rejected-data',
    says: { fields: ['data.name'] },
  },
  'a body it cannot read': {
    method: 'POST',
    status: 422,
    body: { error: { message: 'Invalid JSON data in request body.', validation_result: null } },
    code: 'provider-rejected-data',
  },
  'a conflict': {
    method: 'POST',
    status: 409,
    body: { error: { message: 'x' } },
    code: 'provider-rejected-data',
  },
  'a malformed request': {
    status: 400,
    body: { error: 'invalid_request', error_description: 'x' },
    code: 'provider-rejected-data',
  },
  'a token that was taken back': { status: 401, path: '/user/info', code: 'revoked' },
  'a company that the token was not given': { status: 401, code: 'company-not-granted' },
  'nothing there': { status: 404, body: { error: { message: 'x' } }, code: 'provider-unexpected' },
  'a fault of its own': { status: 500, body: { error: { message: 'x' } }, code: 'provider-down' },
  'an error page of a proxy': {
    status: 502,
    body: null,
    headers: { 'Retry-After': '30' },
    code: 'provider-down',
    says: { retryAfterSeconds: 30 },
  },
  'a body that is no error': {
    status: 403,
    body: ['x'],
    granted: write,
    info: rights('none'),
    code: 'missing-permission',
  },
};

describe('each refusal of Fatture in Cloud gets its own reason', () => {
  it.each(Object.entries(rows))(
    '%s',
    async (_, { code, says = {}, info, usage, headers = {}, status = 403, ...given }) => {
      const asked: string[] = [];
      const refusal = {
        method: 'GET',
        path,
        scopes: read,
        granted: read,
        body: {},
        ...given,
        status,
        headers: new Headers(headers),
      };
      const failure = await diagnose(fattureInCloud, refusal, async (question) => {
        asked.push(question);
        if (question.endsWith('/company/info')) return info ?? Promise.reject(new Error('refused'));
        return usage ?? null;
      });
      expect(failure).toMatchObject({ code, ...says });
      // A quota must not be met with more calls, and a reading one needs no plan.
      if (code === 'quota' || status === 401 || status >= 500) expect(asked).toEqual([]);
      for (const question of asked)
        expect(question).toMatch(/^\/c\/1\/company\/(?:info|plan_usage\?category=clients)$/);
    },
  );
});

describe('any other provider is judged by the status alone', () => {
  it.each([
    [429, 'quota'],
    [401, 'revoked'],
    [403, 'missing-permission'],
    [422, 'provider-rejected-data'],
    [503, 'provider-down'],
    [302, 'provider-unexpected'],
  ])('%i', async (status, code) => {
    const refusal = {
      method: 'GET',
      path: '/x',
      scopes: [],
      granted: [],
      body: null,
      status,
      headers: new Headers(),
    };
    expect(await diagnose({ id: 'other' }, refusal, async () => null)).toMatchObject({ code });
  });
});
