import { createSecretKey, randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { createApp } from '../../relay/app.ts';
import { openAuditLog, operator } from '../../relay/audit.ts';
import { readConfig, type Config } from '../../relay/config/config.ts';
import { destinationsOf, type ConfiguredProvider } from '../../relay/config/provider-settings.ts';
import type { Deps } from '../../relay/deps.ts';
import { openDeps } from '../../relay/open.ts';
import { createLog } from '../../relay/observe/log.ts';
import { addMember, inviteAgain } from '../../relay/people/members.ts';
import { createProofVerifier } from '../../relay/proof/proof.ts';
import { createMetrics, withTally } from '../../relay/observe/metrics.ts';
import { createProofMemory, openSharedProofMemory } from '../../relay/proof/proof-memory.ts';
import { rewrapVault } from '../../relay/rewrap.ts';
import type { Driver } from '../../relay/store/driver.ts';
import { openPostgres } from '../../relay/store/postgres.ts';
import { openSqlite } from '../../relay/store/sqlite.ts';
import { noTraces } from '../../relay/observe/traces.ts';
import { createVault, readKey, type Vault } from '../../relay/keys/vault.ts';
import { MemberId } from '../../shared/ids.ts';
import type { MemberRole } from '../../shared/member.ts';
import type { Provider } from '../../shared/provider.ts';
import { createMigrated, runsOnPostgres } from '../postgres/database.ts';
import { Installation, type BegunFlow } from './installation.ts';

/** Noon of an ordinary day, on the second: the edge of a window can be named exactly. */
export const noonMs = Date.UTC(2026, 10, 16, 12, 0, 0);

/** The app credentials that the harness configures for Fatture in Cloud. */
export const credentials = { clientId: 'staffetta-test-app', clientSecret: 'canary-client-secret-4f1d9a' };

/** What differs from an ordinary test relay. */
export interface RelayOptions {
  /** Where the provider's endpoints are; the default answers nobody. */
  providerOrigin?: string;
  publicUrl?: string;
  /**
   * Database file, or the URL of a PostgreSQL database. By default one of its own: in memory, or a new one on the real
   * server where the tests run on PostgreSQL.
   */
  database?: string;
  readOnly?: boolean;
  /** Instead of a key drawn for this relay; several, comma-separated, as in the setting. */
  vaultKey?: string;
  /** Alters Fatture in Cloud as the relay knows it. */
  provider?: Partial<Provider>;
  /** Further providers, each Fatture in Cloud except for what is given. */
  others?: ReadonlyArray<Partial<Provider> & { id: string }>;
  environment?: Record<string, string>;
  /** Multiplies every limit on requests; out of the way by default. */
  limitFactor?: number;
  startMs?: number;
}

/** One answer of the relay, as it left. */
export interface Answer {
  url: string;
  status: number;
  headers: [string, string][];
  body: string;
}

/** A relay in this process, whole except for the socket. */
export interface TestRelay {
  publicUrl: string;
  config: Config;
  store: Driver;
  vault: Vault;
  /** What its routes work with. */
  deps: Deps;
  clock: { now: number; advance(ms: number): void };
  now(): number;
  /** Lines of the log, as they would reach standard output. */
  log: string[];
  /** Every answer so far. */
  answers: Answer[];
  fetch(url: string, init?: RequestInit): Promise<Response>;
  /** A one-time invite for a new member. */
  invite(name?: string): Promise<string>;
  /** A one-time invite for a further installation of the same member. */
  inviteAgain(installation: Installation): Promise<string>;
  /** An enrolled installation with a session and a nonce. */
  join(name?: string, standing?: { role?: MemberRole; groups?: string[] }): Promise<Installation>;
  /** Whose installation it is. */
  memberOf(installation: Pick<Installation, 'thumbprint'>): Promise<MemberId>;
  /** Where the browser is sent when the provider's callback is opened with `query`. */
  callback(query: Record<string, string>, providerId?: string): Promise<Response>;
  /** Names of the audit's events, oldest first. */
  audit(): Promise<string[]>;
  /** Runs a whole connect flow; the provider's page answers with `code`. */
  connect(installation: Installation, code?: string): ReturnType<Installation['finish']>;
  close(): Promise<void>;
}

/** Opens a relay for the length of the test: real app, real store, real vault; clock and log in the test's hands. */
export async function openRelay(options: RelayOptions = {}): Promise<TestRelay> {
  const { publicUrl = 'https://relay.example.com', startMs = noonMs } = options;
  const clock = {
    now: startMs,
    advance(ms: number) {
      clock.now += ms;
    },
  };
  const now = (): number => clock.now;
  const config = configOf(publicUrl, options);
  const vault = vaultOf(options.vaultKey ?? randomBytes(32).toString('base64'));
  const store = await openTestStore(options);
  const lines: string[] = [];
  const log = createLog('trace', { write: (line) => void lines.push(line) });
  const audit = await openAuditLog({ store, vault, now });
  const memory =
    store.kind === 'postgres' ? await openSharedProofMemory(store, vault, now) : createProofMemory(now);
  const metrics = withTally(await createMetrics(store, now));
  const deps = openDeps(
    { config, log, store, vault, audit, metrics, traces: noTraces, now },
    { proofs: createProofVerifier({ now, memory }), limitFactor: options.limitFactor ?? 1000 },
  );
  const app = createApp(deps);

  let isOpen = true;
  const relay: TestRelay = {
    publicUrl,
    config,
    store,
    vault,
    deps,
    clock,
    now,
    log: lines,
    answers: [],
    async fetch(url, init) {
      const response = await app.request(url, init);
      // A stream has no end to wait for.
      const isStream = response.headers.get('content-type') === 'application/x-ndjson';
      const body = isStream ? '' : await response.clone().text();
      relay.answers.push({ url, status: response.status, headers: [...response.headers], body });
      return response;
    },
    async invite(name = 'Mario Rossi') {
      return codeIn((await addMember(deps, operator, { name })).invite);
    },
    async inviteAgain(installation) {
      return codeIn(await inviteAgain(deps, operator, await relay.memberOf(installation)));
    },
    async join(name = 'Mario Rossi', standing = {}) {
      const installation = await Installation.create(relay);
      const { invite } = await addMember(deps, operator, { name, ...standing });
      await installation.enrol(codeIn(invite));
      await installation.openSession();
      return installation;
    },
    async memberOf({ thumbprint }) {
      const row = await store.get<{ member_id: string }>(
        'SELECT member_id FROM installations WHERE thumbprint = ?',
        thumbprint,
      );
      return MemberId.parse(row?.member_id);
    },
    callback: (query, providerId = 'fatture-in-cloud') =>
      relay.fetch(`${publicUrl}/callback/${providerId}?${new URLSearchParams(query).toString()}`),
    audit: async () =>
      (await store.all<{ event: string }>('SELECT event FROM audit ORDER BY sequence')).map(
        ({ event }) => event,
      ),
    async connect(installation, code = `c/${randomBytes(24).toString('base64url')}`) {
      const flow = await installation.begin();
      const handle = handleIn(await relay.callback({ state: flow.state, code }));
      return installation.finish(flow, handle);
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      deps.notices.stop();
      await deps.rewrapper.stop();
      await deps.refresher.drain(1_000);
      await store.close();
    },
  };
  onTestFinished(() => relay.close());
  return relay;
}

/** The secret in an invite's link. */
const codeIn = ({ link }: { link: string }): string => link.split('#')[1] ?? '';

async function openTestStore({ database, readOnly = false }: RelayOptions): Promise<Driver> {
  if (database?.startsWith('postgres:') === true) return openPostgres(database);
  if (database === undefined && runsOnPostgres) return openPostgres(await createMigrated());
  return openSqlite(database ?? ':memory:', { readOnly });
}

/** A vault with these comma-separated keys; the first seals. */
export function vaultOf(keys: string): Vault {
  const [first, ...others] = keys.split(',').map((text) => {
    const key = readKey(text);
    if (typeof key === 'string') throw new Error(`vault key: ${key}`);
    return key;
  });
  if (first === undefined) throw new Error('no vault key');
  return createVault([first, ...others]);
}

/** Gives the vault another key: everything is sealed anew, and from then on opens with the new one or not at all. */
export async function changeKey({ vault, deps }: Pick<TestRelay, 'vault' | 'deps'>): Promise<void> {
  const key = createSecretKey(randomBytes(32));
  vault.renew([key]);
  await rewrapVault(deps);
  const alone = createVault([key]);
  vault.open = (place, sealed) => alone.open(place, sealed);
}

function configOf(publicUrl: string, options: RelayOptions): Config {
  const config = readConfig({
    STAFFETTA_PUBLIC_URL: publicUrl,
    STAFFETTA_FATTURE_IN_CLOUD_CLIENT_ID: credentials.clientId,
    STAFFETTA_FATTURE_IN_CLOUD_CLIENT_SECRET: credentials.clientSecret,
    STAFFETTA_FATTURE_IN_CLOUD_ORIGIN: options.providerOrigin ?? 'http://127.0.0.1:9',
    ...options.environment,
  });
  const standard = config.providers.get('fatture-in-cloud');
  if (standard === undefined) throw new Error('Fatture in Cloud is not configured');
  const like = (changes: Partial<Provider>): ConfiguredProvider => {
    const provider = { ...standard.provider, ...changes };
    const redirectUri = `${publicUrl}/callback/${provider.id}`;
    return { ...standard, provider, redirectUri, destinations: destinationsOf(provider) };
  };
  const all = [options.provider ?? {}, ...(options.others ?? [])].map(like);
  return {
    ...config,
    providers: new Map([...config.providers, ...all.map((one) => [one.provider.id, one] as const)]),
  };
}

/** Where an answer sends the browser. */
export function locationOf(response: Response): URL {
  return new URL(response.headers.get('location') ?? 'about:blank');
}

/** The sealed handle that a callback's answer carries to the extension. */
export function handleIn(response: Response): string {
  const handle = locationOf(response).searchParams.get('handle');
  if (handle === null) throw new Error(`no handle: ${response.status} ${locationOf(response).href}`);
  return handle;
}

/** The provider's code for `flow`, brought back by the browser. */
export async function bringCode(
  relay: TestRelay,
  flow: BegunFlow,
  code = 'c/ordinary-code',
): Promise<string> {
  return handleIn(await relay.callback({ state: flow.state, code }));
}
