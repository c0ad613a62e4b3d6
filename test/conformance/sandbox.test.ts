import { describe, expect, it } from 'vitest';
import { approve } from '../sandbox/consent.ts';
import { app, openSandbox, otherApp } from './opened.ts';

const demo = 'demo@example.it';

describe('the authorization page', () => {
  it('a person who agrees goes back with a code and the state, and its token has the documented fields', async () => {
    const { authorizeUrl, exchange } = await openSandbox();
    const end = await approve(authorizeUrl(), { email: demo });
    expect(end.href.startsWith(`${app.redirectUri}?`)).toBe(true);
    expect(end.searchParams.get('state')).toBe('stato');
    const { status, body } = await exchange(end.searchParams.get('code') ?? '');
    expect(status).toBe(200);
    expect(body).toEqual({
      token_type: 'bearer',
      access_token: expect.stringMatching(/^a\/./),
      refresh_token: expect.stringMatching(/^r\/./),
      expires_in: 86_400,
    });
  });

  it('a person who declines goes back with access_denied and no code', async () => {
    const { authorizeUrl } = await openSandbox();
    const { searchParams } = await approve(authorizeUrl(), { email: demo, decision: 'decline' });
    expect(searchParams.get('error')).toBe('access_denied');
    expect(searchParams.get('state')).toBe('stato');
    expect(searchParams.has('code')).toBe(false);
  });

  it('an unknown scope goes back as invalid_scope before anybody has to log in', async () => {
    const { authorizeUrl } = await openSandbox();
    const end = await approve(authorizeUrl({ scope: 'entity.clients:a entities:r' }), { email: demo });
    expect(end.searchParams.get('error')).toBe('invalid_scope');
  });

  it.each([
    ['a client nobody registered', { client_id: 'app-9' }],
    ['another redirect URL', { redirect_uri: 'https://elsewhere.example.com/' }],
    ['a redirect URL that differs by a slash', { redirect_uri: `${app.redirectUri}/` }],
  ])('%s ends on a page here: the browser is never sent to it', async (_, change) => {
    const { authorizeUrl } = await openSandbox();
    const answer = await fetch(authorizeUrl(change), { redirect: 'manual' });
    expect(answer.status).toBe(400);
    expect(answer.headers.has('location')).toBe(false);
    expect(await answer.text()).toContain('Sandbox di Staffetta – imitazione per prove');
  });

  it('a wrong password lets nobody in', async () => {
    const { authorizeUrl } = await openSandbox();
    await expect(approve(authorizeUrl(), { email: demo, password: 'altra' })).rejects.toThrow('refused');
  });

  it('a demo finds the login filled in, a test finds it empty', async () => {
    const filled = await openSandbox({ prefillLogin: true });
    const empty = await openSandbox();
    expect(await (await fetch(filled.authorizeUrl())).text()).toContain(demo);
    expect(await (await fetch(empty.authorizeUrl())).text()).not.toContain(demo);
  });
});

describe('codes', () => {
  it('a code that leaked after its use is worth nothing', async () => {
    const { code, exchange } = await openSandbox();
    const value = await code(demo);
    expect((await exchange(value)).status).toBe(200);
    const again = await exchange(value);
    expect(again.status).toBe(400);
    expect(again.body.error).toBe('invalid_grant');
    expect(again.body.error_description).toEqual(expect.any(String));
  });

  it.each([
    [59_000, 200],
    [60_000, 400],
  ])('a code is good for 60 seconds: after %i ms the answer is %i', async (ms, status) => {
    const { sandbox, code, exchange } = await openSandbox();
    const value = await code(demo);
    sandbox.clock.advance(ms);
    expect((await exchange(value)).status).toBe(status);
  });

  it('a code is not exchanged for another redirect URL, nor for another app', async () => {
    const { code, exchange } = await openSandbox();
    const value = await code(demo);
    const elsewhere = await exchange(value, { redirect_uri: `${app.redirectUri}/` });
    expect([elsewhere.status, elsewhere.body.error]).toEqual([400, 'invalid_grant']);
    const { clientId: client_id, clientSecret: client_secret } = otherApp;
    const other = await exchange(value, { client_id, client_secret });
    expect([other.status, other.body.error]).toEqual([400, 'invalid_grant']);
  });
});

describe('the token endpoint', () => {
  it.each([
    ['a wrong secret', { grant_type: 'refresh_token', client_secret: 'altro' }, 'invalid_client'],
    ['an unknown app', { grant_type: 'refresh_token', client_id: 'app-9' }, 'invalid_client'],
    ['no grant type', {}, 'invalid_request'],
    ['no code', { grant_type: 'authorization_code' }, 'invalid_request'],
    ['a made-up token', { grant_type: 'refresh_token', refresh_token: 'r/x' }, 'invalid_grant'],
    ['another grant', { grant_type: 'password' }, 'unsupported_grant_type'],
  ])('a caller with %s is told so by name', async (_, fields, error) => {
    const { token } = await openSandbox();
    const { status, body } = await token(fields);
    expect(status).toBe(400);
    expect(body).toEqual({ error, error_description: expect.any(String) });
  });

  it('a client that sends a form is understood as well', async () => {
    const { sandbox, code } = await openSandbox();
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: app.clientId,
      client_secret: app.clientSecret,
      redirect_uri: app.redirectUri,
      code: await code(demo),
    });
    expect((await fetch(`${sandbox.origin}/oauth/token`, { method: 'POST', body })).status).toBe(200);
  });
});

describe('rotation', () => {
  it('old-dies: a client that kept the old refresh token is locked out at once', async () => {
    const { login, refresh } = await openSandbox();
    const first = await login(demo);
    const second = await refresh(first.refresh_token);
    expect(second.body.refresh_token).not.toBe(first.refresh_token);
    const old = await refresh(first.refresh_token);
    expect([old.status, old.body.error]).toEqual([400, 'invalid_grant']);
    expect((await refresh(second.body.refresh_token)).status).toBe(200);
  });

  it('old-stays: both refresh tokens work, so a client cannot learn from success which one is current', async () => {
    const { login, refresh } = await openSandbox({ rotation: 'old-stays' });
    const first = await login(demo);
    const second = await refresh(first.refresh_token);
    expect(second.body.refresh_token).not.toBe(first.refresh_token);
    expect((await refresh(first.refresh_token)).status).toBe(200);
    expect((await refresh(second.body.refresh_token)).status).toBe(200);
  });

  it('a test can switch while the sandbox runs', async () => {
    const { sandbox, login, refresh } = await openSandbox();
    const { refresh_token } = await login(demo);
    sandbox.rotation = 'old-stays';
    await refresh(refresh_token);
    sandbox.rotation = 'old-dies';
    expect((await refresh(refresh_token)).status).toBe(200);
    expect((await refresh(refresh_token)).status).toBe(400);
  });

  it('the access token of before a refresh lives to its own end', async () => {
    const { sandbox, login, refresh, api } = await openSandbox();
    const { access_token, refresh_token } = await login(demo);
    await refresh(refresh_token);
    expect((await api(access_token, '/user/info')).status).toBe(200);
    sandbox.clock.advance(86_400_000);
    expect((await api(access_token, '/user/info')).status).toBe(401);
  });

  it('a year without a refresh ends the connection, a refresh in time starts the year anew', async () => {
    const { sandbox, login, refresh } = await openSandbox();
    const yearMs = 31_536_000_000;
    const first = await login(demo);
    sandbox.clock.advance(yearMs - 60_000);
    const second = await refresh(first.refresh_token);
    sandbox.clock.advance(yearMs - 60_000);
    const third = await refresh(second.body.refresh_token);
    expect(third.status).toBe(200);
    sandbox.clock.advance(yearMs);
    expect((await refresh(third.body.refresh_token)).body.error).toBe('invalid_grant');
  });

  it('a connection that its user removes is dead in both tokens, and no other is', async () => {
    const { sandbox, login, refresh, api } = await openSandbox();
    const [mine, other] = [await login(demo), await login(demo, { client: otherApp })];
    sandbox.state.revokeConnection(demo, app.clientId);
    expect((await api(mine.access_token, '/user/info')).status).toBe(401);
    expect((await refresh(mine.refresh_token)).body.error).toBe('invalid_grant');
    expect((await api(other.access_token, '/user/info')).status).toBe(200);
  });
});

describe('faults', () => {
  it('an ordered fault meets as many requests as said, then the answer is the ordinary one', async () => {
    const { sandbox, login, api } = await openSandbox();
    const { access_token } = await login(demo);
    sandbox.faults.next('GET /user/info', { status: 503, body: '<p>', contentType: 'text/html', times: 2 });
    const seen = [];
    for (let n = 0; n < 3; n += 1) {
      const headers = { Authorization: `Bearer ${access_token}` };
      seen.push((await fetch(`${sandbox.origin}/user/info`, { headers })).status);
    }
    expect(seen).toEqual([503, 503, 200]);
    sandbox.faults.next('GET /user/info', { headers: { 'X-Odd': 'yes' } });
    const altered = await api(access_token, '/user/info');
    expect([altered.status, altered.headers.get('x-odd')]).toEqual([200, 'yes']);
  });

  it.each([
    ['reset', 0],
    ['loseAnswer', 1],
    ['truncate', 1],
  ])('%s: the caller gets no answer, and %i clients were created', async (kind, created) => {
    const { sandbox, login, api } = await openSandbox();
    const { access_token } = await login('uno@example.it');
    sandbox.faults.next('POST /c/301/entities/clients', { [kind]: true });
    const init = { method: 'POST', body: JSON.stringify({ data: { name: 'Persa S.r.l.' } }) };
    await expect(api(access_token, '/c/301/entities/clients', init)).rejects.toThrow();
    expect(sandbox.state.clientsOf(301)).toHaveLength(created);
  });

  it('down: every connection is dropped until it is up again', async () => {
    const { sandbox, authorizeUrl } = await openSandbox();
    sandbox.faults.down = true;
    await expect(fetch(authorizeUrl())).rejects.toThrow();
    sandbox.faults.clear();
    expect((await fetch(authorizeUrl())).status).toBe(200);
  });
});

it('a page that calls the API by itself gets no CORS headers to lean on', async () => {
  const { sandbox, login } = await openSandbox();
  const { access_token } = await login(demo);
  const headers = { Authorization: `Bearer ${access_token}`, Origin: 'https://shop.example.com' };
  const answer = await fetch(`${sandbox.origin}/user/info`, { headers });
  expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
});

it('the seeded VAT numbers pass the check of their last digit, as what a page reads must', async () => {
  const { sandbox } = await openSandbox();
  const numbers = [
    ...sandbox.state.companies.map(({ vatNumber }) => vatNumber),
    ...sandbox.state.clientsOf(101).flatMap((client) => client['vat_number'] ?? []),
  ].map(String);
  expect(numbers.length).toBeGreaterThan(20);
  for (const number of numbers) {
    const sum = [...number].reduce((total, text, place) => {
      const digit = Number(text) * (place % 2 === 0 ? 1 : 2);
      return total + (digit > 9 ? digit - 9 : digit);
    }, 0);
    expect(`${number}: ${sum % 10}`).toBe(`${number}: 0`);
  }
});
