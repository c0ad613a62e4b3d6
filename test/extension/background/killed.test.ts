import { globSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import type { PageOrder } from '../../../shared/fact.ts';
import type { MessageAnswer, PageAnswer } from '../../../shared/messages.ts';
import { pendingSiteName } from '../../../extension/permission.ts';
import { openDecision } from '../../../shared/policy.ts';
import type { ViewState } from '../../../shared/view/state.ts';
import { startOidcServer } from '../../conformance/oidc-server.ts';
import { openSandboxed, type Sandboxed } from '../../relay/sandboxed.ts';
import { newProfile, startLife, type Life, type Person, type Profile } from './mortal.ts';

const wait = setTimeout;

const who = { email: 'uno@example.it' };

beforeEach(() => {
  // What a direct call may reach is fixed when the extension is built.
  vi.stubEnv('MODE', 'sandbox');
  // Another's write is looked for several times, with pauses; here nobody else is at it.
  vi.stubGlobal('setTimeout', (work: () => void, ms: number, ...args: []) =>
    wait(work, ms === 700 ? 1 : ms, ...args),
  );
  // As in permanent private browsing: the key is kept in the session's memory.
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

/** One piece of work in a browser whose background may end at any step of it. */
interface Work {
  /** What stands before, and again before each try. */
  profile: Profile;
  person?: Person;
  hasIdentity?: boolean;
  /** What the person does; null where the background ended before it answered. */
  doIt(life: Life, profile: Profile): Promise<MessageAnswer | null>;
  /** What the person then sees and does with the next background, and what must hold. */
  after(life: Life, profile: Profile): Promise<void>;
}

/**
 * Does the work with a background that ends after the first thing it awaits, then the second, and so on; what was awaited
 * is done. (To end before the next is the same: nothing that is only in memory outlives it.)
 *
 * @returns after how many things the work was through
 */
async function endEverywhere(
  world: Sandboxed,
  { profile, person = who, hasIdentity = true, doIt, after }: Work,
): Promise<number> {
  for (let lastStep = 1; ; lastStep += 1) {
    const own = structuredClone(profile);
    const mortal = await startLife(world, own, { ...person, hasIdentity, lastStep });
    await doIt(mortal, own);
    if (mortal.isAlive()) return lastStep - 1;
    await after(await startLife(world, own, { ...person, hasIdentity }), own).catch((error: unknown) => {
      throw new Error(`ended after step ${lastStep}: ${String(error)}`, { cause: error });
    });
  }
}

async function enrolled(world: Sandboxed): Promise<Profile> {
  const profile = newProfile();
  const life = await startLife(world, profile, who);
  const link = `${world.relay.publicUrl}/#${await world.relay.invite()}`;
  expect(await life.view('installation.enrol', { link })).toMatchObject({ ok: true });
  return profile;
}

const stateOf = async (life: Life): Promise<ViewState> => {
  const answer = await life.view('state.read', { origin: null });
  if (answer?.ok !== true) throw new Error(JSON.stringify(answer));
  return answer.value as ViewState;
};

/** Presses "connect", logs in, and waits until the attempt has ended, or the background has. */
const connect = async (life: Life, profile: Profile): Promise<MessageAnswer | null> =>
  end(life, profile, await life.view('connection.start', { providerId: 'fatture-in-cloud' }));

/** Waits until a login that was begun so has ended, or the background has. */
async function end(
  life: Life,
  profile: Profile,
  answer: MessageAnswer | null,
): Promise<MessageAnswer | null> {
  const isUnderWay = () =>
    life.isAlive() && (profile.session['flow'] as { status: string } | undefined)?.status === 'running';
  const isOpen = () => 'login-tab' in profile.session;
  if (answer?.ok !== true) return answer;
  await expect.poll(() => !isUnderWay() || isOpen(), { interval: 5 }).toBe(true);
  if (isUnderWay()) await life.logInInTab();
  await expect.poll(isUnderWay, { interval: 5 }).toBe(false);
  return answer;
}

it('F2: a background that ends anywhere while it joins a team has not lost the invite, which works once', async () => {
  const world = await openSandboxed();
  let invite = await world.relay.invite();
  const join = (life: Life) =>
    life.view('installation.enrol', { link: `${world.relay.publicUrl}/#${invite}` });
  const steps = await endEverywhere(world, {
    profile: newProfile(),
    doIt: join,
    async after(life) {
      expect(await join(life)).toMatchObject({ ok: true });
      expect((await stateOf(life)).installation).toMatchObject({ memberName: 'Mario Rossi' });
      invite = await world.relay.invite();
    },
  });
  expect(steps).toBeGreaterThan(5);
});

const canary = 'of-the-old-team';

/** What is the person's own, or says nothing of a team. */
const mayStay = {
  local: ['actions', 'notices', 'recipe-draft', 'sites', 'sites-paused', 'written'],
  session: ['key installation', 'notices-beat', 'page-refusals', 'pending-site', 'search', 'written'],
};

/** All that the extension keeps, as its sources say. */
const slots = globSync('extension/background/**/*.ts').flatMap((file) =>
  [
    ...readFileSync(file, 'utf8').matchAll(/slot\(\s*'(local|session)',\s*(?:'([^']+)'|pendingSiteName)/g),
    // The areas are those of the expression.
  ].map(([, area, name = pendingSiteName]) => ({ area: area as 'local' | 'session', name })),
);

/** In a team whose relay is not there any more, with what was kept of it. */
function inAnotherTeam(): Profile {
  const profile = newProfile();
  for (const { area, name } of slots) profile[area][name] ??= canary;
  const relayOrigin = 'http://127.0.0.1:1';
  profile.local['installation'] = {
    relayOrigin,
    installationId: `ins_${'A'.repeat(22)}`,
    memberName: canary,
  };
  profile.session['policy'] = { ...openDecision, otherSites: false };
  profile.session['session'] = { relayOrigin, token: canary, expiresAtMs: Date.now() + 3_600_000 };
  return profile;
}

const without = (kept: Record<string, unknown>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(kept).filter(([name]) => !names.includes(name)));

/** Whether the profile is in the team of this world; then nothing of the other is left. */
function hasJoined({ relay }: Sandboxed, { local, session }: Profile): boolean {
  const installation = local['installation'] as { relayOrigin: string } | undefined; // as it is written
  if (installation?.relayOrigin !== relay.publicUrl) return false;
  const left = { local: without(local, mayStay.local), session: without(session, mayStay.session) };
  expect(JSON.stringify(left)).not.toContain(canary);
  expect(session['policy']).toBeUndefined();
  expect(local).toMatchObject(Object.fromEntries(mayStay.local.map((name) => [name, expect.anything()])));
  return true;
}

it('F2: a background that ends anywhere while it joins another team keeps nothing of the one before', async () => {
  const world = await openSandboxed();
  let invite = await world.relay.invite();
  const join = (life: Life) =>
    life.view('installation.enrol', { link: `${world.relay.publicUrl}/#${invite}` });
  const steps = await endEverywhere(world, {
    profile: inAnotherTeam(),
    doIt: join,
    async after(life, profile) {
      if (!hasJoined(world, profile)) expect(await join(life)).toMatchObject({ ok: true });
      expect(hasJoined(world, profile)).toBe(true);
      expect((await stateOf(life)).installation).toMatchObject({ memberName: 'Mario Rossi' });
      invite = await world.relay.invite();
    },
  });
  expect(steps).toBeGreaterThan(10);
});

it('F2: a background that ends anywhere while a member of another team signs in leaves them in one of the two, and says how it stands', async () => {
  const claims = () => ({ email: 'mario@example.com', email_verified: true, name: 'Mario Rossi' });
  const redirectUri = 'https://relay.example.com/sign-in-callback';
  const server = await startOidcServer({ redirectUri, claims });
  onTestFinished(server.close);
  const world = await openSandboxed({
    environment: {
      STAFFETTA_SSO_ISSUER: server.issuer,
      STAFFETTA_SSO_CLIENT_ID: server.credentials.clientId,
      STAFFETTA_SSO_CLIENT_SECRET: server.credentials.clientSecret,
      STAFFETTA_SSO_DOMAINS: 'example.com',
    },
  });
  const relayOrigin = world.relay.publicUrl;
  const signIn = async (life: Life, profile: Profile) =>
    end(life, profile, await life.view('installation.sign-in', { relayOrigin }));
  const steps = await endEverywhere(world, {
    profile: inAnotherTeam(),
    person: { ...who, approve: (url) => server.approve(url, 'mario') },
    doIt: signIn,
    async after(life, profile) {
      const isDone = hasJoined(world, profile);
      const { flow: kept = canary } = profile.session;
      const wasBegun = kept !== canary;
      const { flow } = await stateOf(life);
      if (isDone) expect(flow).toEqual({ status: 'idle' });
      else if (wasBegun) expect(flow).toMatchObject({ status: 'failed', failure: { code: 'window-closed' } });
      if (!isDone) await signIn(life, profile);
      expect((await stateOf(life)).installation).toMatchObject({ relayOrigin, memberName: 'Mario Rossi' });
    },
  });
  expect(steps).toBeGreaterThan(15);
}, 60_000);

it.for([
  ['in the browser’s own window', true],
  ['in a tab', false],
] as const)(
  'F2: a background that ends anywhere in a login %s leaves a connection, or a word and a way to try again; never “connecting”',
  { timeout: 60_000 },
  async ([, hasIdentity]) => {
    const world = await openSandboxed();
    const steps = await endEverywhere(world, {
      profile: await enrolled(world),
      hasIdentity,
      doIt: connect,
      async after(life, profile) {
        // A tab that waits for the person goes on; everything else is over, and says how.
        const isWaiting = profile.loginTab?.includes('/connect/') === true && 'login-tab' in profile.session;
        await expect.poll(async () => (await stateOf(life)).flow.status === 'running').toBe(isWaiting);
        if (isWaiting) {
          await life.logInInTab();
          await expect.poll(() => profile.session['flow']).toEqual({ status: 'idle' });
        } else if ((await stateOf(life)).connection?.status !== 'active') await connect(life, profile);
        const later = await stateOf(life);
        expect(later).toMatchObject({
          failure: null,
          flow: { status: 'idle' },
          connection: { status: 'active' },
          company: { name: 'Torrefazione Miramare S.r.l.' },
        });
        await life.view('connection.delete', { connectionId: later.connection?.id });
      },
    });
    expect(steps).toBeGreaterThan(25);
  },
);

const customer = { type: 'company', name: 'Falegnameria Monte Sole S.r.l.', vatNumber: '04172639991' };

const order: PageOrder = {
  number: '1042',
  currency: 'EUR',
  includesVat: false,
  lines: [{ description: 'Tavolo', quantity: 1, unitPrice: 10_000_000, total: null, vatRate: 22 }],
  tax: null,
  total: null,
};

async function connected(world: Sandboxed, actions: string[] = []): Promise<Profile> {
  const profile = await enrolled(world);
  const life = await startLife(world, profile, who);
  for (const id of actions) await life.view('action.set', { id, isOn: true });
  await connect(life, profile);
  expect((await stateOf(life)).connection).toMatchObject({ status: 'active' });
  return profile;
}

it('F2: a background that ends anywhere while it gets a grant answers the next question all the same', async () => {
  const world = await openSandboxed();
  const profile = await connected(world);
  // As after an hour: session and grant have to be had anew.
  delete profile.session['grants'];
  delete profile.session['session'];
  const search = (life: Life) => life.view('client.find', { query: 'Bar' });
  const found = await search(await startLife(world, structuredClone(profile), who));
  expect(found).toMatchObject({ ok: true });
  const steps = await endEverywhere(world, {
    profile,
    doIt: search,
    after: async (life) => expect(await search(life)).toEqual(found),
  });
  expect(steps).toBeGreaterThan(12);
}, 60_000);

/** A write that a page's card asks for. */
interface PageWrite {
  what: string;
  /** Puts there what has to be there already. */
  prepare(sandbox: Sandboxed['sandbox'], companyId: number): unknown;
  /** The message of the press. */
  name: string;
  input(shown: PageAnswer): object;
  kept(sandbox: Sandboxed['sandbox'], companyId: number): unknown[];
}

const writes: PageWrite[] = [
  {
    what: 'a client',
    prepare: () => undefined,
    name: 'proposal.confirm',
    input: ({ proposalId }) => ({ proposalId, role: 'client' }),
    kept: ({ state }, companyId) => state.clientsOf(companyId),
  },
  {
    what: 'a quote',
    prepare: ({ state }, companyId) =>
      state.addClient(companyId, { name: customer.name, vat_number: customer.vatNumber, type: 'company' }),
    name: 'document.confirm',
    input: (shown) => ({
      offerId: shown.status === 'found' && shown.order?.status === 'possible' ? shown.order.offerId : null,
      type: 'quote',
      numeration: '',
    }),
    kept: ({ state }) => state.documents,
  },
];

it.for(writes)(
  'F2: a background that ends anywhere while it makes $what never makes a second, and the next press says how it stands',
  { timeout: 60_000 },
  async ({ prepare, name, input, kept }) => {
    const world = await openSandboxed();
    const { sandbox, relay } = world;
    const companyId = sandbox.state.companies.find((one) => one.name.startsWith('Torrefazione'))?.id ?? 0;
    prepare(sandbox, companyId);
    // All these tries are of one company, in a minute.
    sandbox.state.limits.shortCalls = 10_000;
    sandbox.state.limits.hourlyCalls = 10_000;
    const profile = await connected(world, ['fic.quote.create']);
    const shown = await (await startLife(world, profile, who)).page('customer.resolve', { customer, order });
    if (shown?.ok !== true) throw new Error(JSON.stringify(shown));
    const pressed = input(shown.value as PageAnswer); // as the message's schema says
    const confirm = (life: Life) => life.page(name, pressed);
    /** As after a minute; the browser's clock would not go with the relay's. */
    const endClaims = () => relay.store.run('DELETE FROM writes');
    const before = kept(sandbox, companyId).length;
    const refusals = new Set<string>();
    const steps = await endEverywhere(world, {
      profile,
      doIt: confirm,
      async after(next) {
        let answer = await confirm(next);
        if (answer?.ok === false) {
          refusals.add(answer.failure.code);
          await endClaims();
          answer = await confirm(next);
        }
        expect(answer).toMatchObject({ ok: true });
        expect(kept(sandbox, companyId)).toHaveLength(before + 1);
        kept(sandbox, companyId).splice(before);
        await endClaims();
      },
    });
    expect(steps).toBeGreaterThan(12);
    expect([...refusals]).toEqual(['outcome-unknown']);
  },
);
