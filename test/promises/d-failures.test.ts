import { expect, test } from 'vitest';
import { pathOf } from '../../shared/endpoint.ts';
import { endpoints } from '../../shared/api/registry.ts';
import { openRelay } from '../relay/harness.ts';
import { refusalIn } from '../relay/installation.ts';

/** A request to each endpoint that its contract accepts. */
const examples: Record<string, { params?: Record<string, string>; input?: unknown }> = {
  createEnrolment: { input: { invite: `inv_${'A'.repeat(22)}`, installationName: 'Chrome' } },
  createFlow: {
    input: {
      providerId: 'fatture-in-cloud',
      scopes: [],
      codeChallenge: 'A'.repeat(43),
      redirectKind: 'chrome',
    },
  },
  exchangeFlow: {
    params: { flowId: `flw_${'A'.repeat(22)}` },
    input: { handle: 'x', codeVerifier: 'A'.repeat(43) },
  },
  exchangeSignIn: {
    params: { signInId: `sgn_${'A'.repeat(22)}` },
    input: { handle: 'x', codeVerifier: 'A'.repeat(43), installationName: 'Chrome on Linux' },
  },
  deleteDeviceFlow: { params: { flowId: `dev_${'A'.repeat(22)}` } },
  pollDeviceFlow: { params: { flowId: `dev_${'A'.repeat(22)}` } },
  findLinks: { input: { companyId: 1, clientIds: [1], contactIds: ['con_1'] } },
  createLink: { input: { companyId: 1, clientId: 1, contactId: 'con_1' } },
  deleteLink: { input: { companyId: 1, clientId: 1, contactId: 'con_1' } },
  setNotices: {
    params: { connectionId: `con_${'A'.repeat(22)}` },
    input: { kinds: ['invoice-paid'], companyId: null },
  },
  createMember: { input: { name: 'Anna Bianchi' } },
  createInvite: { params: { memberId: `mem_${'A'.repeat(22)}` } },
  changeMember: { params: { memberId: `mem_${'A'.repeat(22)}` } },
  removeMember: { params: { memberId: `mem_${'A'.repeat(22)}` } },
  removeInstallation: { params: { installationId: `ins_${'A'.repeat(22)}` } },
  shareConnection: {
    params: { connectionId: `con_${'A'.repeat(22)}` },
    input: { sharedWith: 'everyone' },
  },
  changePolicy: { input: { basedOn: 0, policy: {} } },
  changeRecipes: { input: { rollBack: 1 } },
  reportRecipe: { input: { recipeId: 'example', host: 'shop.example', missing: ['order'] } },
  checkVatNumber: { input: { number: 'IT04172639991' } },
  claimWrite: { input: { key: 'a'.repeat(64) } },
  settleWrite: { input: { key: 'a'.repeat(64), made: true } },
  createGrant: { params: { connectionId: `con_${'A'.repeat(22)}` } },
  deleteConnection: { params: { connectionId: `con_${'A'.repeat(22)}` } },
};

/** Endpoints that answer without the database once the caller is known, or ask the provider before it. */
const withoutStatements = new Set([
  'listProviders',
  'listSites',
  'checkVatNumber',
  'createDeviceFlow',
  'createSignIn',
  'createManualConnection',
]);

test.for(endpoints.filter(({ id }) => !withoutStatements.has(id)))(
  'D9: an exception nobody foresaw in $id is answered in fixed words with the id of its log line',
  async (endpoint) => {
    const relay = await openRelay();
    const installation = await relay.join('Ada Neri', { role: 'admin' });
    await installation.meet();
    const example = examples[endpoint.id] ?? {};
    const fail = (): Promise<never> =>
      Promise.reject(new Error('canary-7c1f: SELECT secret FROM somewhere /home/relay/file.ts:12'));
    const { get } = relay.store;
    // The caller is still recognised; whatever comes after that breaks.
    relay.store.get = (sql, ...values) => (sql.includes('FROM sessions') ? get(sql, ...values) : fail());
    relay.store.all = fail;
    relay.store.run = fail;
    relay.store.transaction = fail;
    const response = await installation.send({
      method: endpoint.method,
      path: pathOf(endpoint, (example.params ?? {}) as never),
      access: endpoint.access,
      ...(endpoint.method === 'POST' ? { body: JSON.stringify(example.input ?? {}) } : {}),
    });
    const text = await response.clone().text();
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const problem = await refusalIn(response);
    expect(problem).toMatchObject({ status: 500, code: 'internal', title: 'internal' });
    expect(text).not.toContain('canary-7c1f');
    expect(text).not.toMatch(/\.ts|SELECT|Error/);
    const requestId = problem.instance?.split(':').at(-1) ?? '-';
    expect(relay.log.some((line) => line.includes(requestId) && line.includes('canary-7c1f'))).toBe(true);
  },
);

test.for(['/connect/flw_AAAAAAAAAAAAAAAAAAAAAA', '/callback/fatture-in-cloud?state=x&code=y', '/ready'])(
  'D9: the same at %s, which answers browsers',
  async (path) => {
    const relay = await openRelay();
    const fail = (): Promise<never> => Promise.reject(new Error('canary-7c1f'));
    relay.store.get = fail;
    relay.store.run = fail;
    const response = await relay.fetch(relay.publicUrl + path);
    expect(response.status).toBeGreaterThanOrEqual(500);
    expect(await response.text()).not.toContain('canary-7c1f');
    expect(response.headers.get('location')).toBeNull();
  },
);
