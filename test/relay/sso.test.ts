import { hash, randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSession } from '../../shared/api/sessions.ts';
import { createSignIn, exchangeSignIn, signInLifetimeMs } from '../../shared/api/sign-ins.ts';
import { MemberId } from '../../shared/ids.ts';
import { operator } from '../../relay/audit.ts';
import { nameEmail } from '../../relay/people/emails.ts';
import { addMember, listPeople, expelMember } from '../../relay/people/members.ts';
import {
  beginAdminSignIn,
  findConsoleMember,
  signInAdmin,
  signOutAdmin,
} from '../../relay/sso/admin-session.ts';
import { allowReturn, memberOf } from '../../relay/sso/members.ts';
import { startOidcServer } from '../conformance/oidc-server.ts';
import { changeKey, locationOf, openRelay, type TestRelay } from './harness.ts';
import { openHostileIssuer } from './hostile-issuer.ts';
import { Installation } from './installation.ts';

const redirectUri = 'https://relay.example.com/sign-in-callback';

const settings = (issuer: string, secret: string, more: Record<string, string> = {}) => ({
  STAFFETTA_SSO_ISSUER: issuer,
  STAFFETTA_SSO_CLIENT_ID: 'staffetta',
  STAFFETTA_SSO_CLIENT_SECRET: secret,
  STAFFETTA_SSO_DOMAINS: 'example.com, studio.example',
  ...more,
});

/** A relay whose people sign in at the certified server; `claims` is what that says of whoever does. */
async function openSso(more: Record<string, string> = {}) {
  const claims = new Map<string, Record<string, unknown>>();
  const say = (login: string, said: Record<string, unknown> = {}): void => {
    claims.set(login, {
      email: `${login}@example.com`,
      email_verified: true,
      name: `Signor ${login}`,
      ...said,
    });
  };
  say('mario');
  const server = await startOidcServer({ redirectUri, claims: (login) => claims.get(login) ?? {} });
  onTestFinished(server.close);
  const environment = settings(server.issuer, server.credentials.clientSecret, more);
  const relay = await openRelay({ environment });
  return { relay, server, say };
}

/** What an extension does before and after the browser's part. */
async function begin(installation: Installation) {
  const codeVerifier = randomBytes(32).toString('base64url');
  const codeChallenge = hash('sha256', codeVerifier, 'base64url');
  const input = { codeChallenge, redirectKind: 'chrome' as const };
  return { ...(await installation.call(createSignIn, { input })), codeVerifier };
}

type Begun = Awaited<ReturnType<typeof begin>>;

const exchangeOf = (
  { signInId, codeVerifier }: Pick<Begun, 'signInId' | 'codeVerifier'>,
  handle: string,
) => ({
  params: { signInId },
  input: {
    handle,
    codeVerifier,
    installationName: 'Chrome on Linux',
    browser: { name: 'Chrome', version: '141.0' },
  },
});

const answerIn = async (relay: TestRelay, callback: URL | string) =>
  locationOf(await relay.fetch(String(callback))).searchParams;

/** Goes through the whole of it as a person does. */
async function signIn(
  { relay, server }: Pick<Awaited<ReturnType<typeof openSso>>, 'relay' | 'server'>,
  login = 'mario',
) {
  const installation = await Installation.create(relay);
  const begun = await begin(installation);
  const authorize = locationOf(await relay.fetch(begun.startUrl)).href;
  const answer = await answerIn(relay, await server.approve(authorize, login));
  expect(answer.get('state')).toBe(begun.state);
  const response = await installation.request(exchangeSignIn, exchangeOf(begun, answer.get('handle') ?? ''));
  const body = (await response.json()) as Record<string, string>;
  return { installation, status: response.status, body, begun, handle: answer.get('handle') ?? '' };
}

describe('with a certified identity provider', () => {
  it('whoever signs in with a verified address of the team’s joins, and is the same member in a second browser', async () => {
    const sso = await openSso();
    const first = await signIn(sso);
    expect([first.status, first.body['memberName']]).toEqual([200, 'Signor mario']);
    await first.installation.openSession();
    const second = await signIn(sso);
    expect(second.body['memberId']).toBe(first.body['memberId']);
    expect(await listPeople(sso.relay.deps)).toMatchObject([
      {
        name: 'Signor mario',
        email: 'mario@example.com',
        role: 'member',
        installations: [{ browser: { name: 'Chrome', version: '141.0' } }, {}],
      },
    ]);
    expect(await sso.relay.audit()).toEqual(
      expect.arrayContaining(['member_joined', 'installation_enrolled']),
    );
  });

  it('no secret, code or token of it is in an answer, a row or the log', async () => {
    const sso = await openSso();
    const { relay, server } = sso;
    const seen: string[] = [server.credentials.clientSecret];
    const approve = server.approve;
    server.approve = async (url, login) => {
      const callback = await approve(url, login);
      seen.push(
        callback.searchParams.get('code') ?? 'none',
        new URL(url).searchParams.get('nonce') ?? 'none',
      );
      return callback;
    };
    await signIn(sso);
    const rows = await Promise.all(
      ['sign_ins', 'identities', 'audit', 'members'].map((table) =>
        relay.store.all(`SELECT * FROM ${table}`),
      ),
    );
    const bodies = relay.answers.map(({ body }) => body);
    const text = JSON.stringify([rows, relay.log, bodies]);
    for (const secret of seen) expect(text).not.toContain(secret);
    // Where the browser goes next it must know the nonce; nothing else of ours is in that address.
    const hops = relay.answers.flatMap(({ headers }) => headers.filter(([name]) => name === 'location'));
    expect(JSON.stringify(hops)).not.toContain(server.credentials.clientSecret);
  });

  it.each([
    ['an address that is not verified', { email_verified: false }],
    ['an address that nobody says is verified', { email_verified: undefined }],
    ['no address', { email: undefined }],
    ['a domain that only ends like ours', { email: 'mario@evil-example.com' }],
    ['a domain that only begins like ours', { email: 'mario@example.com.evil.org' }],
    ['a domain below ours', { email: 'mario@sub.example.com' }],
    ['a domain in other letters', { email: 'mario@exаmple.com' }],
    ['a domain with a dot behind', { email: 'mario@example.com.' }],
    ['two addresses in one', { email: 'mario@evil.org@example.com' }],
    ['an address with a line in it', { email: 'mario@evil.org\n@example.com' }],
    ['an address of two', { email: ['mario@evil.org', 'mario@example.com'] }],
  ])('%s joins nobody', async (_, said) => {
    const sso = await openSso();
    sso.say('mario', said);
    const { installation, status, body } = await signIn(sso);
    expect([status, body['code']]).toEqual([403, 'sign-in-refused']);
    expect((await installation.refusal(createSession)).code).toBe('not-enrolled');
    expect(await listPeople(sso.relay.deps)).toEqual([]);
    expect(await sso.relay.audit()).toContain('sign_in_refused');
  });

  it('an address in capitals is the same address', async () => {
    const sso = await openSso();
    sso.say('mario', { email: 'Mario@Example.COM' });
    expect((await signIn(sso)).status).toBe(200);
    expect((await listPeople(sso.relay.deps))[0]?.email).toBe('mario@example.com');
  });

  it('role and groups follow what it says at each sign-in; the last administrator stays one', async () => {
    const sso = await openSso({
      STAFFETTA_SSO_SCOPE: 'openid email profile groups',
      STAFFETTA_SSO_GROUPS_CLAIM: 'groups',
      STAFFETTA_SSO_ROLES: 'IT=admin,Revisori=auditor',
    });
    const standing = async () => (await listPeople(sso.relay.deps)).map(({ role, groups }) => [role, groups]);
    sso.say('mario', { groups: ['Revisori', 'Vendite', '<b>', 7] });
    await signIn(sso);
    expect(await standing()).toEqual([['auditor', ['Revisori', 'Vendite']]]);
    sso.say('mario', { groups: ['IT', 'Revisori'] });
    await signIn(sso);
    expect(await standing()).toEqual([['admin', ['IT', 'Revisori']]]);
    sso.say('mario', { groups: [] });
    await signIn(sso);
    expect(await standing()).toEqual([['admin', []]]);
    await sso.relay.join('Ada Neri', { role: 'admin' });
    await signIn(sso);
    expect(await standing()).toContainEqual(['member', []]);
  });

  it('who was removed does not come back, nor with a new account of the same address, until an administrator lets them', async () => {
    const sso = await openSso();
    const { relay } = sso;
    const { body } = await signIn(sso);
    await expelMember(relay.deps, operator, body['memberId'] as never);
    expect((await signIn(sso)).body['code']).toBe('sign-in-refused');
    sso.say('anna', { email: 'mario@example.com' });
    expect((await signIn(sso, 'anna')).body['code']).toBe('sign-in-refused');
    expect(await allowReturn(relay.deps, operator, ' MARIO@example.com ')).toBe(true);
    expect((await signIn(sso)).status).toBe(200);
    expect(await allowReturn(relay.deps, operator, 'mario@example.com')).toBe(false);
  });

  describe('an address that an administrator has named', () => {
    const address = 'mario@example.com';
    const peopleOf = async ({ relay }: Pick<Awaited<ReturnType<typeof openSso>>, 'relay'>) =>
      (await listPeople(relay.deps)).map(({ name, email }) => [name, email]);

    it('makes who signs in with it the invited member, with what is theirs, and stands in the log', async () => {
      const sso = await openSso({
        STAFFETTA_SSO_SCOPE: 'openid email profile groups',
        STAFFETTA_SSO_GROUPS_CLAIM: 'groups',
        STAFFETTA_SSO_ROLES: 'IT=admin,Revisori=auditor',
      });
      const { relay } = sso;
      const installation = await relay.join('Mario Rossi');
      const memberId = await relay.memberOf(installation);
      await nameEmail(relay.deps, operator, memberId, address);
      sso.say('mario', { email: 'Mario@Example.COM', groups: ['Revisori'] });
      expect((await signIn(sso)).body['memberId']).toBe(memberId);
      expect((await signIn(sso)).body['memberId']).toBe(memberId);
      expect(await listPeople(relay.deps)).toMatchObject([
        { id: memberId, name: 'Mario Rossi', email: address, role: 'auditor', installations: [{}, {}, {}] },
      ]);
      const events = await relay.store.all(
        "SELECT event, member_id FROM audit WHERE event IN ('email_named', 'identity_joined', 'member_joined')",
      );
      expect(events).toEqual([
        { event: 'email_named', member_id: memberId },
        { event: 'identity_joined', member_id: memberId },
      ]);
    });

    it('works for one account, once: another one with the same address is somebody else', async () => {
      const sso = await openSso();
      const { memberId } = await addMember(sso.relay.deps, operator, { name: 'Mario Rossi', email: address });
      expect((await signIn(sso)).body['memberId']).toBe(memberId);
      sso.say('anna', { email: address });
      expect((await signIn(sso, 'anna')).body['memberId']).not.toBe(memberId);
      await expect(nameEmail(sso.relay.deps, operator, memberId, 'other@example.com')).rejects.toThrow(
        'changed-meanwhile',
      );
    });

    it.each([
      ['not verified', { email_verified: false }],
      ['that nobody says is verified', { email_verified: undefined }],
    ])('does nothing for an address %s', async (_, said) => {
      const sso = await openSso();
      await addMember(sso.relay.deps, operator, { name: 'Mario Rossi', email: address });
      sso.say('mario', said);
      expect((await signIn(sso)).body['code']).toBe('sign-in-refused');
      expect(await sso.relay.audit()).not.toContain('identity_joined');
    });

    it('gives nothing to an account that is known: neither another member’s nor that of somebody who was removed', async () => {
      const sso = await openSso();
      const { deps } = sso.relay;
      sso.say('anna');
      sso.say('berto');
      const anna = (await signIn(sso, 'anna')).body['memberId'];
      const berto = MemberId.parse((await signIn(sso, 'berto')).body['memberId']);
      await expelMember(deps, operator, berto);
      const { memberId } = await addMember(deps, operator, { name: 'Mario Rossi', email: address });
      for (const login of ['anna', 'berto']) sso.say(login, { email: address });
      expect((await signIn(sso, 'anna')).body['memberId']).toBe(anna);
      expect((await signIn(sso, 'berto')).body['code']).toBe('sign-in-refused');
      expect((await signIn(sso)).body['memberId']).toBe(memberId);
    });

    it('goes with its member: who was removed before they signed in does not come in by it', async () => {
      const sso = await openSso();
      const { deps } = sso.relay;
      const { memberId } = await addMember(deps, operator, { name: 'Mario Rossi', email: address });
      await expelMember(deps, operator, memberId);
      expect((await signIn(sso)).body['code']).toBe('sign-in-refused');
      const again = { name: 'Mario Rossi', email: address };
      await expect(addMember(deps, operator, again)).rejects.toThrow('address-taken');
      expect(await peopleOf(sso)).toEqual([]);
      await allowReturn(deps, operator, address);
      const invited = await addMember(deps, operator, again);
      expect((await signIn(sso)).body['memberId']).toBe(invited.memberId);
    });

    it('is one member’s alone, is changed and taken back until somebody has signed in, and is of the team’s domains', async () => {
      const sso = await openSso();
      const { deps } = sso.relay;
      sso.say('anna');
      await signIn(sso, 'anna');
      const mario = await addMember(deps, operator, { name: 'Mario Rossi', email: address });
      const bruno = await addMember(deps, operator, { name: 'Bruno Verdi' });
      const name = (email: string | null, id = bruno.memberId) => nameEmail(deps, operator, id, email);
      await expect(name(address)).rejects.toThrow('address-taken');
      await expect(name('anna@example.com')).rejects.toThrow('address-taken');
      await expect(name('bruno@elsewhere.example')).rejects.toThrow('request-invalid');
      await expect(name('bruno@example.com', MemberId.parse(`mem_${'A'.repeat(22)}`))).rejects.toThrow(
        'not-found',
      );
      await name('bruno@example.com');
      await name('bruno@studio.example');
      await name(null, mario.memberId);
      expect(await peopleOf(sso)).toEqual([
        ['Bruno Verdi', 'bruno@studio.example'],
        ['Mario Rossi', null],
        ['Signor anna', 'anna@example.com'],
      ]);
      // As without any address.
      expect((await signIn(sso)).body['memberId']).not.toBe(mario.memberId);
      const without = await openRelay();
      const { memberId } = await addMember(without.deps, operator, { name: 'Mario Rossi' });
      await expect(nameEmail(without.deps, operator, memberId, address)).rejects.toThrow('sign-in-off');
    });

    it('named at the very instant of the first sign-in with it, is still one member’s', async () => {
      const { relay } = await openSso();
      const { deps, store } = relay;
      for (let index = 0; index < 20; index += 1) {
        const email = `person${index}@example.com`;
        const { memberId } = await addMember(deps, operator, { name: 'Invited' });
        const account = {
          issuer: 'https://i',
          subject: `s${index}`,
          email,
          name: 'X',
          groups: null,
          role: null,
        };
        await Promise.allSettled([
          store.transaction((statements) => memberOf(statements, deps.audit, account, relay.now(), {})),
          nameEmail(deps, operator, memberId, email),
        ]);
        const having = (await listPeople(deps)).filter((person) => person.email === email);
        expect(having).toHaveLength(1);
      }
    });
  });

  it('a handle is used once, in its own attempt, by the key that began it', async () => {
    const sso = await openSso();
    const { relay } = sso;
    const { installation, begun, handle } = await signIn(sso);
    // Replayed.
    expect((await installation.refusal(exchangeSignIn, exchangeOf(begun, handle))).code).toBe('flow-used');
    // In another attempt of the same key.
    const other = await begin(installation);
    expect((await installation.refusal(exchangeSignIn, exchangeOf(other, handle))).code).toBe(
      'response-mismatch',
    );
    // By another key, which burns it.
    const thief = await Installation.create(relay);
    expect((await thief.refusal(exchangeSignIn, exchangeOf(other, handle))).code).toBe('key-mismatch');
    const wrong = { ...other, codeVerifier: 'A'.repeat(43) };
    expect((await installation.refusal(exchangeSignIn, exchangeOf(wrong, handle))).code).toBe('key-mismatch');
    expect(await relay.audit()).toContain('key_mismatch');
  });

  it('a state that was never given, has ended or is another’s leads nowhere', async () => {
    const sso = await openSso();
    const { relay } = sso;
    const visit = (query: Record<string, string>) =>
      relay.fetch(`${redirectUri}?${new URLSearchParams(query).toString()}`);
    expect((await visit({ state: 'A'.repeat(43), code: 'x' })).status).toBe(400);
    const { begun } = await signIn(sso);
    expect((await visit({ state: begun.state, code: 'x' })).status).toBe(400);
    const late = await begin(await Installation.create(relay));
    relay.clock.advance(signInLifetimeMs);
    expect((await visit({ state: late.state, code: 'x' })).status).toBe(400);
    expect((await relay.fetch(late.startUrl)).status).toBe(400);
    // A provider's login and a sign-in know nothing of each other.
    const member = await relay.join();
    const flow = await member.begin();
    expect((await visit({ state: flow.state, code: 'x' })).status).toBe(400);
  });

  it('a refusal there comes back by its name, and an issuer that is not ours is a mix-up', async () => {
    const { relay } = await openSso();
    const installation = await Installation.create(relay);
    const { state } = await begin(installation);
    const back = async (query: Record<string, string>) =>
      (await answerIn(relay, `${redirectUri}?${new URLSearchParams({ state, ...query }).toString()}`)).get(
        'error',
      );
    expect(await back({ error: 'access_denied' })).toBe('access_denied');
    expect(await back({ error: '<script>' })).toBe('server_error');
    expect(await relay.audit()).not.toContain('mix_up');
    expect(await back({ code: 'x', iss: 'https://evil.example' })).toBe('server_error');
    expect(await relay.audit()).toContain('mix_up');
  });

  it('attempts under way survive a change of the vault’s key', async () => {
    const sso = await openSso();
    const { relay, server } = sso;
    const installation = await Installation.create(relay);
    const begun = await begin(installation);
    await changeKey(relay);
    const authorize = locationOf(await relay.fetch(begun.startUrl)).href;
    const answer = await answerIn(relay, await server.approve(authorize));
    await installation.call(exchangeSignIn, exchangeOf(begun, answer.get('handle') ?? ''));
  });
});

describe('an identity provider in strange hands', () => {
  /** Signs in at a provider whose word the test writes. */
  async function tryWith(alter: (script: Awaited<ReturnType<typeof openHostileIssuer>>['script']) => void) {
    const hostile = await openHostileIssuer();
    alter(hostile.script);
    const relay = await openRelay({ environment: settings(hostile.issuer, 'canary-secret') });
    const installation = await Installation.create(relay);
    const begun = await begin(installation);
    const hop = locationOf(await relay.fetch(begun.startUrl));
    if (hop.searchParams.has('error'))
      return { relay, error: hop.searchParams.get('error'), status: 0, code: '' };
    const sent = hostile.visit(hop.href);
    expect(sent.get('code_challenge_method')).toBe('S256');
    const callback = `${redirectUri}?${new URLSearchParams({ state: sent.get('state') ?? '', code: 'canary-code' }).toString()}`;
    const answer = await answerIn(relay, callback);
    const response = await installation.request(
      exchangeSignIn,
      exchangeOf(begun, answer.get('handle') ?? ''),
    );
    const { code } = (await response.json()) as { code?: string };
    expect(relay.log.join('\n')).not.toMatch(/canary-(?:secret|code|access)/);
    return { relay, error: null, status: response.status, code };
  }

  it('is believed while it says what it should', async () => {
    expect((await tryWith(() => undefined)).status).toBe(200);
  });

  it.each([
    ['another issuer', (script) => Object.assign(script.claims, { iss: 'https://evil.example' })],
    ['another nonce', (script) => Object.assign(script.claims, { nonce: 'A'.repeat(43) })],
    ['no nonce', (script) => Object.assign(script.claims, { nonce: undefined })],
    ['another audience', (script) => Object.assign(script.claims, { aud: 'somebody-else' })],
    ['a token that has ended', (script) => Object.assign(script.claims, { exp: 1_700_000_000 })],
    ['a token that another key signed', (script) => Object.assign(script, { signature: 'foreign' })],
    ['a token that nobody signed', (script) => Object.assign(script, { signature: 'none' })],
    ['no subject', (script) => Object.assign(script.claims, { sub: undefined })],
    ['a refusal', (script) => Object.assign(script, { status: 400 })],
  ] satisfies Array<[string, Parameters<typeof tryWith>[0]]>)('%s joins nobody', async (_, alter) => {
    const { relay, status, code } = await tryWith(alter);
    expect([status, code]).toEqual([403, 'sign-in-refused']);
    expect(await listPeople(relay.deps)).toEqual([]);
  });

  it('one that is down is told from one that refuses', async () => {
    expect(await tryWith((script) => Object.assign(script, { status: 503 }))).toMatchObject({
      status: 503,
      code: 'provider-down',
    });
  });

  it('one that calls itself by another name sends nobody anywhere', async () => {
    const { error, relay } = await tryWith((script) =>
      Object.assign(script.metadata, { issuer: 'https://evil.example' }),
    );
    expect(error).toBe('temporarily_unavailable');
    const log = relay.log.join('\n');
    expect(log).toContain('the identity provider cannot be asked');
    // The library's own words may quote what it was answered.
    expect(log).not.toContain('"err"');
  });
});

describe('the console', () => {
  async function enter(sso: Awaited<ReturnType<typeof openSso>>, login = 'mario') {
    const { relay, server } = sso;
    const { startUrl, binding } = await beginAdminSignIn(relay.deps);
    const authorize = locationOf(await relay.fetch(startUrl)).href;
    const end = locationOf(await relay.fetch((await server.approve(authorize, login)).href));
    expect(end.origin + end.pathname).toBe(`${relay.publicUrl}/admin/signed-in`);
    const [state, handle] = ['state', 'handle'].map((name) => end.searchParams.get(name) ?? '') as [
      string,
      string,
    ]; // of a pair
    return { state, handle, binding };
  }

  const asAdmin = {
    STAFFETTA_SSO_SCOPE: 'openid email profile groups',
    STAFFETTA_SSO_GROUPS_CLAIM: 'groups',
    STAFFETTA_SSO_ROLES: 'IT=admin',
  };

  it('lets an administrator in for a while, with the role they have at each call', async () => {
    const sso = await openSso(asAdmin);
    const { relay } = sso;
    sso.say('mario', { groups: ['IT'] });
    const session = await signInAdmin(relay.deps, await enter(sso));
    expect(await findConsoleMember(relay.deps, session.token)).toMatchObject({ role: 'admin' });
    expect(JSON.stringify(await relay.store.all('SELECT * FROM console_sessions'))).not.toContain(
      session.token,
    );
    relay.clock.advance(3_600_000);
    expect(await findConsoleMember(relay.deps, session.token)).toBeNull();

    const next = await signInAdmin(relay.deps, await enter(sso));
    await relay.store.run("UPDATE members SET role = 'member'");
    expect(await findConsoleMember(relay.deps, next.token)).toBeNull();
    await relay.store.run("UPDATE members SET role = 'admin'");
    await signOutAdmin(relay.deps, next.token);
    expect(await findConsoleMember(relay.deps, next.token)).toBeNull();
  });

  it('who was removed does not come back there either, and the audit log says that they tried', async () => {
    const sso = await openSso(asAdmin);
    const { relay } = sso;
    sso.say('mario', { groups: ['IT'] });
    const { memberId } = await signInAdmin(relay.deps, await enter(sso));
    await relay.join('Ada Neri', { role: 'admin' });
    await expelMember(relay.deps, operator, memberId);
    await expect(signInAdmin(relay.deps, await enter(sso))).rejects.toThrow('sign-in-refused');
    expect((await relay.audit()).at(-1)).toBe('sign_in_refused');
  });

  it('lets in nobody else: no member, no other browser, no second time, and no extension by its attempt', async () => {
    const sso = await openSso(asAdmin);
    const { relay } = sso;
    await expect(signInAdmin(relay.deps, await enter(sso))).rejects.toThrow('not-admin');
    sso.say('mario', { groups: ['IT'] });
    const stolen = await enter(sso);
    await expect(signInAdmin(relay.deps, { ...stolen, binding: 'A'.repeat(43) })).rejects.toThrow(
      'key-mismatch',
    );
    await expect(signInAdmin(relay.deps, stolen)).rejects.toThrow('flow-used');
    const used = await enter(sso);
    await signInAdmin(relay.deps, used);
    await expect(signInAdmin(relay.deps, used)).rejects.toThrow('flow-used');
    // The two kinds of attempt do not stand in for each other.
    const installation = await Installation.create(relay);
    const begun = await begin(installation);
    await expect(
      signInAdmin(relay.deps, { state: begun.state, handle: 'x', binding: installation.thumbprint }),
    ).rejects.toThrow('flow-unknown');
    const { startUrl } = await beginAdminSignIn(relay.deps);
    const signInId = (startUrl.split('/').at(-1) ?? '') as Begun['signInId'];
    const crossed = exchangeOf({ signInId, codeVerifier: 'A'.repeat(43) }, 'x');
    expect((await installation.refusal(exchangeSignIn, crossed)).code).toBe('flow-unknown');
  });
});

it('a team without an identity provider says so', async () => {
  const relay = await openRelay();
  const installation = await Installation.create(relay);
  const input = { codeChallenge: 'A'.repeat(43), redirectKind: 'chrome' as const };
  expect(await installation.refusal(createSignIn, { input })).toMatchObject({
    status: 403,
    code: 'sign-in-off',
  });
  await expect(beginAdminSignIn(relay.deps)).rejects.toThrow('sign-in-off');
});
