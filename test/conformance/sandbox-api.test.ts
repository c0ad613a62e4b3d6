import { describe, expect, it } from 'vitest';
import { app, openSandbox, otherApp, type List, type Refusal } from './opened.ts';

const demo = 'demo@example.it';
const clients = '/c/101/entities/clients';

describe('who reaches which company', () => {
  interface Companies {
    data: {
      companies: Array<{
        id: number;
        type: string;
        access_token: string;
        controlled_companies: Array<{ id: number }>;
      }>;
    };
  }

  it('a company that was not ticked is neither listed nor reached', async () => {
    const { login, api } = await openSandbox();
    const { access_token } = await login(demo, { companyIds: [102] });
    const { body } = await api<Companies>(access_token, '/user/companies');
    expect(body.data.companies.map(({ id }) => id)).toEqual([102]);
    expect((await api(access_token, clients)).status).toBe(401);
    expect((await api(access_token, '/c/102/entities/clients')).status).toBe(200);
  });

  it('a company that is not the user’s cannot be slipped into the consent', async () => {
    const { login, api } = await openSandbox();
    const { access_token } = await login('uno@example.it', { companyIds: [301, 101] });
    expect((await api(access_token, clients)).status).toBe(401);
  });

  it('an accountant reaches the three companies behind the studio, not the studio itself', async () => {
    const { login, api } = await openSandbox();
    const { access_token } = await login('studio@example.it');
    const { body } = await api<Companies>(access_token, '/user/companies');
    const [studio] = body.data.companies;
    expect(studio?.type).toBe('accountant');
    const controlled = studio?.controlled_companies.map(({ id }) => id) ?? [];
    expect(controlled).toHaveLength(3);
    for (const id of controlled) {
      expect((await api(access_token, `/c/${id}/entities/clients`)).status).toBe(200);
    }
    expect((await api(access_token, `/c/${studio?.id}/entities/clients`)).status).toBe(401);
  });

  it('every secret that went over the wire is one a leak test looks for', async () => {
    const { sandbox, login, api } = await openSandbox();
    const { access_token, refresh_token } = await login(demo);
    const { body } = await api<Companies>(access_token, '/user/companies');
    const companyTokens = body.data.companies.map((company) => company.access_token);
    expect(sandbox.state.secrets()).toEqual(
      expect.arrayContaining([access_token, refresh_token, app.clientSecret, ...companyTokens]),
    );
  });
});

describe('refusals that must not be taken for one another', () => {
  it.each([
    ['a missing token', '', 401, 'UNAUTHORIZED'],
    ['a made-up token', 'a/x', 401, 'UNAUTHORIZED'],
  ])('%s', async (_, token, status, code) => {
    const { api } = await openSandbox();
    const answer = await api<Refusal>(token, clients);
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  });

  it('a sub-user without the right on clients: 403 NO_PERMISSION in spite of the scope, and no Retry-After', async () => {
    const { login, api } = await openSandbox();
    const { access_token } = await login('operatore@example.it');
    const { status, headers, body } = await api<Refusal>(access_token, clients);
    expect([status, body.error.code, headers.has('retry-after')]).toEqual([403, 'NO_PERMISSION', false]);
  });

  it('a token that may only read: it lists, and cannot create', async () => {
    const { sandbox, login, api } = await openSandbox();
    const { access_token } = await login(demo, { scope: 'entity.clients:r' });
    expect((await api(access_token, clients)).status).toBe(200);
    const before = sandbox.state.clientsOf(101).length;
    const init = { method: 'POST', body: JSON.stringify({ data: { name: 'Nuova' } }) };
    const { status, body } = await api<Refusal>(access_token, clients, init);
    expect([status, body.error.code]).toEqual([403, 'NO_PERMISSION']);
    expect(sandbox.state.clientsOf(101)).toHaveLength(before);
  });

  it('a licence that has run out: 403 LICENSE_EXPIRED, while the login itself still works', async () => {
    const { login, api } = await openSandbox();
    const { access_token } = await login('scaduta@example.it');
    expect((await api(access_token, '/user/info')).status).toBe(200);
    const { status, body } = await api<Refusal>(access_token, '/c/401/entities/clients');
    expect([status, body.error.code]).toEqual([403, 'LICENSE_EXPIRED']);
  });

  it('what is not there is 404, what is not done there is 405', async () => {
    const { login, api } = await openSandbox();
    const { access_token } = await login(demo);
    expect((await api(access_token, `${clients}/1`)).status).toBe(404);
    expect((await api(access_token, '/c/101/nothing')).status).toBe(404);
    expect((await api(access_token, clients, { method: 'DELETE' })).status).toBe(405);
  });

  it.each([
    ['no JSON', '{', null],
    ['no data', '{}', ['data']],
    ['no name', '{"data":{}}', ['data.name']],
  ])('a body with %s is 422 and names the field', async (_, body, fields) => {
    const { login, api } = await openSandbox();
    const { access_token } = await login(demo);
    const answer = await api<Refusal>(access_token, clients, { method: 'POST', body });
    const named = answer.body.error.validation_result;
    expect(answer.status).toBe(422);
    expect(named === null ? null : Object.keys(named ?? {})).toEqual(fields);
  });
});

describe('quotas', () => {
  it('the short limit slides and is shared by all apps of a company: 429 with the seconds to wait', async () => {
    const { sandbox, login, api } = await openSandbox();
    sandbox.state.limits.shortCalls = 2;
    const [mine, other] = [await login(demo), await login(demo, { client: otherApp })];
    await api(mine.access_token, clients);
    sandbox.clock.advance(100_000);
    await api(other.access_token, clients);
    const { status, headers } = await api(mine.access_token, clients);
    const wait = Number(headers.get('retry-after'));
    expect(status).toBe(429);
    expect(wait).toBeGreaterThan(190);
    expect(wait).toBeLessThanOrEqual(200);
    expect((await api(mine.access_token, '/c/102/entities/clients')).status).toBe(200);
    sandbox.clock.advance(wait * 1000);
    expect((await api(mine.access_token, clients)).status).toBe(200);
  });

  it('the hourly limit is a 403 that only Retry-After tells from a missing right, for this app alone', async () => {
    const { sandbox, login, api } = await openSandbox();
    sandbox.state.limits.hourlyCalls = 1;
    const [mine, other] = [await login(demo), await login(demo, { client: otherApp })];
    // Well inside an hour, so that the hour does not turn under the test.
    sandbox.clock.advance(3_600_000 - (sandbox.clock.now() % 3_600_000) + 60_000);
    const first = await api(mine.access_token, clients);
    expect(first.headers.get('ratelimit-hourlylimit')).toBe('1');
    expect(first.headers.get('ratelimit-hourlyremaining')).toBe('0');
    const { status, headers, body } = await api<Refusal>(mine.access_token, clients);
    expect([status, body.error.code]).toEqual([403, undefined]);
    const wait = Number(headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(3_540);
    expect((await api(other.access_token, clients)).status).toBe(200);
    sandbox.clock.advance(wait * 1000);
    expect((await api(mine.access_token, clients)).status).toBe(200);
  });

  it('the monthly limit is a 403 until the first of the month', async () => {
    const { sandbox, login, api } = await openSandbox();
    sandbox.state.limits.monthlyCalls = 1;
    const now = new Date(sandbox.clock.now());
    const next = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
    // Just inside a month, so that it does not turn under the test.
    sandbox.clock.advance(next + 60_000 - now.getTime());
    const { access_token } = await login(demo);
    expect((await api(access_token, clients)).headers.get('ratelimit-monthlyremaining')).toBe('0');
    const { status, headers } = await api(access_token, clients);
    const wait = Number(headers.get('retry-after'));
    expect(status).toBe(403);
    expect(wait).toBeGreaterThan(27 * 86_400);
    sandbox.clock.advance(wait * 1000);
    const again = await login(demo);
    expect((await api(again.access_token, clients)).status).toBe(200);
  });
});

describe('lists', () => {
  it('a client that expects 5 rows per page, or 500, is put right: 50 unless said, 100 at most', async () => {
    const { sandbox, login, api } = await openSandbox();
    for (let n = 0; n < 120; n += 1) sandbox.state.addClient(102, { name: `Cliente ${n}` });
    const { access_token } = await login(demo);
    const list = async (query: string) =>
      (await api<List>(access_token, `/c/102/entities/clients${query}`)).body;
    expect(await list('')).toMatchObject({ per_page: 50, total: 120, last_page: 3, from: 1, to: 50 });
    expect((await list('?per_page=500')).data).toHaveLength(100);
    expect(await list('?page=3')).toMatchObject({
      from: 101,
      to: 120,
      next_page_url: null,
      prev_page_url: 'page=2',
    });
    expect(await list('?page=4')).toMatchObject({ data: [], from: null, to: null });
    const seen = [...(await list('')).data, ...(await list('?page=2')).data, ...(await list('?page=3')).data];
    expect(new Set(seen.map(({ id }) => id)).size).toBe(120);
  });

  it('sorting goes by each named field in turn, downwards after a minus', async () => {
    const { sandbox, login, api } = await openSandbox();
    for (const [name, address_city] of [
      ['B', 'Lucca'],
      ['A', 'Lucca'],
      ['C', 'Asti'],
    ] as const) {
      sandbox.state.addClient(102, { name, address_city });
    }
    const { access_token } = await login(demo);
    const { body } = await api<List>(access_token, '/c/102/entities/clients?sort=-address_city,name');
    expect(body.data.map(({ name }) => name)).toEqual(['A', 'B', 'C']);
  });

  it('the same client created twice is there twice: whoever creates has to look first', async () => {
    const { sandbox, login, api } = await openSandbox();
    const { access_token } = await login('uno@example.it');
    const init = { method: 'POST', body: JSON.stringify({ data: { name: 'Doppia S.r.l.' } }) };
    const path = '/c/301/entities/clients';
    const first = await api<{ data: { id: number } }>(access_token, path, init);
    await api(access_token, path, init);
    expect(sandbox.state.clientsOf(301)).toHaveLength(2);
    const one = await api<{ data: unknown }>(access_token, `${path}/${first.body.data.id}`);
    expect(one.body.data).toMatchObject({ name: 'Doppia S.r.l.' });
  });
});
