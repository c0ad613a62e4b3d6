import { execFile } from 'node:child_process';
import { hash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '../../shared/api/connections.ts';
import { exchangeFlow } from '../../shared/api/flows.ts';
import { createSignIn, exchangeSignIn } from '../../shared/api/sign-ins.ts';
import { freePort } from '../../scripts/port.ts';
import { startOidcServer, type OidcServer } from '../conformance/oidc-server.ts';
import { startPostgres, type PostgresServer } from '../postgres/server.ts';
import { Installation, type Reachable } from '../relay/installation.ts';
import { approve } from '../sandbox/consent.ts';
import { startSandbox, type Sandbox } from '../sandbox/sandbox.ts';
import { startStora, type StoraSandbox } from '../sandbox/stora/stora.ts';
import { startNginx, type Nginx } from './nginx.ts';
import { RelayProcess } from './relay-process.ts';

/** What a member connects to, and what they allow. */
export interface Wish {
  providerId: 'fatture-in-cloud' | 'stora';
  scopes: string[];
  forTeam?: boolean;
}

/** A team with everything it has to run: relays, what stands in front of them, a database, providers, an identity provider. */
export interface Team {
  readonly publicUrl: string;
  readonly sandbox: Sandbox;
  readonly stora: StoraSandbox;
  readonly identity: OidcServer;
  readonly relays: readonly RelayProcess[];
  /** Null where the team keeps its rows in the embedded database. */
  readonly postgres: { server: PostgresServer; url: string } | null;
  /** Folder of the relays' key and embedded database. */
  readonly folder: string;
  /** Settings of its relays and of the commands. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs one of the relay's commands as a process of its own; answers what it said in JSON. */
  command(args: readonly string[], without?: readonly string[]): Promise<Record<string, unknown>>;
  /** Starts every relay. */
  start(): Promise<void>;
  /** A new copy of the extension, enrolled with an invite's link or short code. */
  join(invite: string): Promise<Installation>;
  /** A new copy of the extension whose person signs in at the identity provider. */
  signIn(login: string): Promise<Installation>;
  /** Goes through a whole login at a provider. */
  connect(installation: Installation, wish: Wish): Promise<Connection>;
  /** Lets time pass for everybody but the identity provider, in milliseconds. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

interface TeamOptions {
  /** File that runs a relay. */
  entry: string;
  /** How many relays; more than one have a PostgreSQL. */
  instances: number;
  /** Program of nginx; without one, calls go to each relay in turn. */
  nginx?: string;
  /** Life of Fatture in Cloud's access tokens, in seconds. */
  accessSeconds?: number;
  /** In base64; without one, the key file that the embedded database is made with. */
  vaultKey?: string;
}

/** Opens it; relays stand still until `start`. */
export async function openTeam(options: TeamOptions): Promise<Team> {
  const { entry, instances, nginx, accessSeconds, vaultKey } = options;
  const folder = mkdtempSync(join(tmpdir(), 'staffetta-team-'));
  const ports = await Promise.all(Array.from({ length: instances }, () => freePort()));
  const front = nginx === undefined ? (ports[0] ?? 0) : await freePort();
  const publicUrl = `http://127.0.0.1:${front}`;
  const app = (id: string, provider: string) => ({
    name: 'Staffetta',
    clientId: id,
    clientSecret: randomBytes(24).toString('hex'),
    redirectUri: `${publicUrl}/callback/${provider}`,
  });
  const [ficApp, storaApp] = [app('team-fic', 'fatture-in-cloud'), app('team-stora', 'stora')];
  const sandbox = await startSandbox({
    apps: [ficApp],
    rotation: 'until-used',
    ...(accessSeconds === undefined ? {} : { accessSeconds }),
  });
  const stora = await startStora({ apps: [storaApp] });
  const identity = await startOidcServer({
    redirectUri: `${publicUrl}/sign-in-callback`,
    claims: (login) => ({ email: `${login}@example.com`, email_verified: true, name: `Signora ${login}` }),
  });
  const server = instances > 1 ? await startPostgres({ durable: true }) : null;
  const postgres = server === null ? null : { server, url: await server.createDatabase() };
  const idOf = (resource: string): string => stora.state.list(resource)[0]?.id ?? '';
  const environment: Record<string, string> = {
    STAFFETTA_PUBLIC_URL: publicUrl,
    STAFFETTA_DATA_DIR: join(folder, 'relay'),
    STAFFETTA_LIMIT_FACTOR: '1000',
    STAFFETTA_VIES_URL: 'off',
    STAFFETTA_FATTURE_IN_CLOUD_ORIGIN: sandbox.origin,
    STAFFETTA_FATTURE_IN_CLOUD_CLIENT_ID: ficApp.clientId,
    STAFFETTA_FATTURE_IN_CLOUD_CLIENT_SECRET: ficApp.clientSecret,
    STAFFETTA_STORA_ORIGIN: stora.origin,
    STAFFETTA_STORA_CLIENT_ID: storaApp.clientId,
    STAFFETTA_STORA_CLIENT_SECRET: storaApp.clientSecret,
    STAFFETTA_STORA_TIMELINE_SOURCE: idOf('timeline/sources'),
    STAFFETTA_STORA_TIMELINE_TEMPLATE: idOf('timeline/templates'),
    STAFFETTA_SSO_ISSUER: identity.issuer,
    STAFFETTA_SSO_CLIENT_ID: identity.credentials.clientId,
    STAFFETTA_SSO_CLIENT_SECRET: identity.credentials.clientSecret,
    STAFFETTA_SSO_DOMAINS: 'example.com',
    ...(vaultKey === undefined ? {} : { STAFFETTA_VAULT_KEY: vaultKey }),
    ...(nginx === undefined ? {} : { STAFFETTA_TRUSTED_PROXIES: '127.0.0.1' }),
    ...(postgres === null ? {} : { STAFFETTA_DATABASE_URL: postgres.url }),
  };
  const relays = ports.map((port) => new RelayProcess(entry, port, environment));
  const balancer: Nginx | null =
    nginx === undefined
      ? null
      : await startNginx(nginx, { port: front, upstreams: ports, folder: join(folder, 'nginx') });

  let elapsedMs = 0;
  let turn = 0;
  const reachable: Reachable = {
    publicUrl,
    now: () => Date.now() + elapsedMs,
    fetch(url, init) {
      turn += 1;
      const relay = relays[turn % relays.length];
      const there = balancer === null && relay !== undefined ? relay.origin : publicUrl;
      return fetch(url.replace(publicUrl, there), { ...init, redirect: 'manual' });
    },
  };
  const goOn = async (url: string): Promise<string> => {
    const response = await reachable.fetch(url);
    const location = response.headers.get('location');
    if (location === null) throw new Error(`${new URL(url).pathname} answered ${response.status}`);
    return location;
  };
  /** The sealed answer that the browser brings the extension. */
  const handleOf = async (callback: string): Promise<string> =>
    new URL(await goOn(callback)).searchParams.get('handle') ?? '';

  return {
    publicUrl,
    sandbox,
    stora,
    identity,
    relays,
    postgres,
    folder,
    environment,
    async command(args, without = []) {
      const left = Object.entries(environment).filter(([name]) => !without.includes(name));
      const ended = await new Promise<{ error: unknown; said: string; wrong: string }>((resolve) => {
        const env = Object.fromEntries(left);
        execFile(process.execPath, [entry, ...args, '--json'], { env }, (error, said, wrong) =>
          resolve({ error, said, wrong }),
        );
      });
      if (ended.error !== null) throw new Error(`${args.join(' ')}: ${ended.said}${ended.wrong}`);
      return JSON.parse(ended.said) as Record<string, unknown>;
    },
    start: async () => void (await Promise.all(relays.map((relay) => relay.start()))),
    async join(invite) {
      const installation = await Installation.create(reachable);
      await installation.enrol(invite.split('#').at(-1) ?? '');
      await installation.openSession();
      return installation;
    },
    async signIn(login) {
      const installation = await Installation.create(reachable);
      const codeVerifier = randomBytes(32).toString('base64url');
      const codeChallenge = hash('sha256', codeVerifier, 'base64url');
      const input = { codeChallenge, redirectKind: 'chrome' as const };
      const { signInId, startUrl } = await installation.call(createSignIn, { input });
      const handle = await handleOf((await identity.approve(await goOn(startUrl), login)).href);
      await installation.call(exchangeSignIn, {
        params: { signInId },
        input: { handle, codeVerifier, installationName: 'Firefox on Linux' },
      });
      await installation.openSession();
      return installation;
    },
    async connect(installation, wish) {
      const flow = await installation.begin(wish);
      const authorize = await goOn(flow.startUrl);
      const callback =
        wish.providerId === 'stora'
          ? await approveAtStora(authorize)
          : (await approve(authorize, { email: 'demo@example.it' })).href;
      const { connection } = await installation.call(exchangeFlow, {
        params: { flowId: flow.flowId },
        input: { handle: await handleOf(callback), codeVerifier: flow.codeVerifier },
      });
      return connection;
    },
    async advance(ms) {
      elapsedMs += ms;
      sandbox.clock.advance(ms);
      stora.clock.advance(ms);
      await Promise.all(relays.map((relay) => relay.tell({ elapsedMs })));
    },
    async close() {
      await balancer?.close();
      await Promise.all(relays.map((relay) => relay.kill('SIGTERM')));
      await server?.stop();
      await Promise.all([sandbox.close(), stora.close(), identity.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function approveAtStora(authorize: string): Promise<string> {
  const body = new URLSearchParams({ decision: 'approve' });
  const answer = await fetch(authorize, { method: 'POST', redirect: 'manual', body });
  const callback = answer.headers.get('location');
  if (callback === null) throw new Error(`Stora answered ${answer.status}`);
  return callback;
}
