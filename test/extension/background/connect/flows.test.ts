import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ViewState } from '../../../../shared/view/state.ts';
import { approve } from '../../../sandbox/consent.ts';
import { openSandboxed } from '../../../relay/sandboxed.ts';
import { newProfile, startLife, type Life, type Profile } from '../mortal.ts';

const who = { email: 'uno@example.it' };

beforeEach(() => {
  // What a direct call may reach is fixed when the extension is built.
  vi.stubEnv('MODE', 'sandbox');
  vi.stubGlobal('indexedDB', {
    open() {
      throw new DOMException('no database', 'InvalidStateError');
    },
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

/** A browser of somebody who has joined. */
async function open(hasIdentity: boolean) {
  const world = await openSandboxed();
  const profile = newProfile();
  const life = await startLife(world, profile, { ...who, hasIdentity });
  const link = `${world.relay.publicUrl}/#${await world.relay.invite()}`;
  expect(await life.view('installation.enrol', { link })).toMatchObject({ ok: true });
  return { world, profile, life };
}

const start = (life: Life) => life.view('connection.start', { providerId: 'fatture-in-cloud' });

const stateOf = async (life: Life): Promise<ViewState> => {
  const answer = await life.view('state.read', { origin: null });
  if (answer?.ok !== true) throw new Error(JSON.stringify(answer));
  return answer.value as ViewState; // as the message's schema says
};

/** Begins to connect in a tab, and waits until it is there. */
async function startInTab(
  life: Life,
  profile: Profile,
): Promise<{ login: { flowId: string }; endsAtMs: number }> {
  expect(await start(life)).toMatchObject({ ok: true });
  await expect.poll(() => profile.session['login-tab'], { interval: 5 }).toBeDefined();
  return profile.session['login-tab'] as { login: { flowId: string }; endsAtMs: number }; // as it is written
}

const endOf = (profile: Profile) => expect.poll(() => profile.session['flow'], { timeout: 15_000 });

it('a login whose tab is open goes on whatever else is put away or ended meanwhile', async () => {
  const { profile, life } = await open(false);
  await startInTab(life, profile);
  await life.view('flow.clear', {});
  expect((await stateOf(life)).flow).toMatchObject({ status: 'running' });
  expect(await start(life)).toMatchObject({ ok: false, failure: { code: 'flow-in-progress' } });
  await life.logInInTab();
  await endOf(profile).toEqual({ status: 'idle' });
  expect((await stateOf(life)).connection).toMatchObject({ status: 'active' });
});

it('a login that nobody came back from in time is forgotten by the next one: its tab ends nothing any more', async () => {
  const { profile, life } = await open(false);
  const late = await startInTab(life, profile);
  profile.session['login-tab'] = { ...late, endsAtMs: 0 };
  expect((await stateOf(life)).flow).toMatchObject({ failure: { code: 'callback-missing' } });
  expect(await start(life)).toMatchObject({ ok: true });
  // As soon as the next is under way.
  expect(JSON.stringify(profile.session['login-tab'] ?? null)).not.toContain(late.login.flowId);
  await expect.poll(() => profile.session['login-tab'], { interval: 5 }).toBeDefined();
  await life.logInInTab();
  await endOf(profile).toEqual({ status: 'idle' });
});

it('a login that begins while the end of another is found out is not taken for that one', async () => {
  const { world, profile, life } = await open(true);
  await start(life);
  await endOf(profile).toEqual({ status: 'idle' });
  profile.session['flow'] = { status: 'running', providerId: 'fatture-in-cloud', isEnding: true };
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const relay = {
    ...world.relay,
    async fetch(url: string, init?: RequestInit) {
      if (url.endsWith('/v1/connections')) {
        asked.resolve();
        await answered.promise;
      }
      return world.relay.fetch(url, init);
    },
  };
  const next = await startLife({ ...world, relay }, profile, {
    ...who,
    approve: (url) => gate.promise.then(() => approve(url, who)),
  });
  const found = stateOf(next);
  await asked.promise;
  expect(await start(next)).toMatchObject({ ok: true });
  answered.resolve();
  expect((await found).flow).toMatchObject({ status: 'running' });
  expect(profile.session['flow']).toMatchObject({ status: 'running' });
  gate.resolve();
  await endOf(profile).toEqual({ status: 'idle' });
});

it.for([
  ['in the browser’s own window', true],
  ['in a tab', false],
] as const)(
  'a login %s ends with the team it was begun in: the next one is not told what comes back, and can begin its own',
  async ([, hasIdentity]) => {
    const { world, profile } = await open(hasIdentity);
    const cameBack = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const exchanged: string[] = [];
    const relay = {
      ...world.relay,
      async fetch(url: string, init?: RequestInit) {
        if (url.endsWith('/exchange')) exchanged.push(url);
        const answer = await world.relay.fetch(url, init);
        if (url.includes('/callback')) {
          cameBack.resolve();
          await gate.promise;
        }
        return answer;
      },
    };
    const life = await startLife({ ...world, relay }, profile, { ...who, hasIdentity });
    const begin = async () => {
      if (hasIdentity) expect(await start(life)).toMatchObject({ ok: true });
      else await startInTab(life, profile).then(life.logInInTab);
    };
    const begun = begin();
    await cameBack.promise;
    const link = `${world.relay.publicUrl}/#${await world.relay.invite()}`;
    expect(await life.view('installation.enrol', { link })).toMatchObject({ ok: true });
    expect((await stateOf(life)).flow).toEqual({ status: 'idle' });
    expect(profile.session['login-tab']).toBeUndefined();
    gate.resolve();
    await begun;
    await begin();
    await endOf(profile).toEqual({ status: 'idle' });
    expect((await stateOf(life)).connection).toMatchObject({ status: 'active' });
    expect(exchanged).toHaveLength(1);
  },
);

it('a login that could not be noted as begun keeps none from beginning later', async () => {
  const { profile, life } = await open(true);
  Object.defineProperty(profile.session, 'flow', { value: null, writable: false, configurable: true });
  expect(await start(life)).toMatchObject({ ok: false, failure: { code: 'internal' } });
  delete profile.session['flow'];
  expect(await start(life)).toMatchObject({ ok: true });
  await endOf(profile).toEqual({ status: 'idle' });
});

it('as soon as a login is said to be over the next one can begin, while the relay is still told what to notify', async () => {
  const { world, profile } = await open(true);
  profile.local['notices'] = { 'fatture-in-cloud': { kinds: ['e-invoice-status'], companyId: null } };
  const gate = Promise.withResolvers<void>();
  const isOver = () => (profile.session['flow'] as { status: string } | undefined)?.status === 'idle';
  const relay = {
    ...world.relay,
    async fetch(url: string, init?: RequestInit) {
      if (isOver()) await gate.promise;
      return world.relay.fetch(url, init);
    },
  };
  const life = await startLife({ ...world, relay }, profile, who);
  await start(life);
  await endOf(profile).toEqual({ status: 'idle' });
  expect(await start(life)).toMatchObject({ ok: true });
  gate.resolve();
  await endOf(profile).toEqual({ status: 'idle' });
});

it('a login ends well whatever list of connections was asked for before it, and is still on its way', async () => {
  const { world, profile, life } = await open(false);
  await startInTab(life, profile);
  const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { fetch } = world.relay;
  world.relay.fetch = async (url, init) => {
    const answer = await fetch(url, init);
    if (!url.endsWith('/v1/connections')) return answer;
    world.relay.fetch = fetch;
    asked.resolve();
    await answered.promise;
    return answer;
  };
  const before = stateOf(life);
  await asked.promise;
  await life.logInInTab();
  await endOf(profile).toEqual({ status: 'idle' });
  answered.resolve();
  expect((await before).connection).toBeNull();
  expect((await stateOf(life)).connection).toMatchObject({ status: 'active' });
});
