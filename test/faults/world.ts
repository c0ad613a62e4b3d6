import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAuditLog } from '../../relay/audit.ts';
import { operator } from '../../relay/audit.ts';
import { addMember } from '../../relay/people/members.ts';
import { openStore } from '../../relay/store/open.ts';
import { createVault, readKey, vaultFits } from '../../relay/keys/vault.ts';
import { freePort } from '../../scripts/port.ts';
import { startPostgres, type PostgresServer } from '../postgres/server.ts';
import { Installation, type Reachable } from '../relay/installation.ts';
import { approve } from '../sandbox/consent.ts';
import { startSandbox, type Rotation, type Sandbox } from '../sandbox/sandbox.ts';
import type { Authorization } from '../sandbox/state.ts';
import { RelayProcess } from './relay-process.ts';

/** A member with one connection. */
export interface Connected {
  installation: Installation;
  connectionId: string;
  /** What the provider knows of it: every token served must be one of this authorization. */
  authorization: Authorization;
}

/** Relays on one database, behind a balancer that knows no sticky sessions, with the sandbox as provider. */
export interface World {
  readonly sandbox: Sandbox;
  readonly relays: readonly RelayProcess[];
  /** Null where the relay keeps its rows in the embedded database. */
  readonly postgres: PostgresServer | null;
  readonly databaseUrl: string | null;
  /** Settings of its relays. */
  readonly environment: Readonly<Record<string, string>>;
  /** Connects one more member. */
  connect(): Promise<Connected>;
  /** A member's installation that calls this relay alone. */
  at(connected: Connected, relay: RelayProcess): Installation;
  /** Lets time pass for everybody, in milliseconds. */
  advance(ms: number): Promise<void>;
  /** Sets one relay's wall clock off by so much, until it is told 0. */
  skew(relay: RelayProcess, ms: number): Promise<void>;
  /** Puts everything back: processes run, clocks agree, the provider and the database work. */
  heal(): Promise<void>;
  close(): Promise<void>;
}

const credentials = { clientId: 'staffetta-faults', clientSecret: randomBytes(16).toString('hex') };

/** Opens a world with `instances` relays: one on SQLite, more on PostgreSQL. */
export async function openWorld(entry: string, instances: number, rotation: Rotation): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'staffetta-faults-'));
  const ports = await Promise.all(Array.from({ length: instances }, () => freePort()));
  const publicUrl = `http://127.0.0.1:${ports[0]}`;
  const redirectUri = `${publicUrl}/callback/fatture-in-cloud`;
  const sandbox = await startSandbox({
    apps: [{ name: 'Staffetta', ...credentials, redirectUri }],
    rotation,
  });
  const postgres = instances > 1 ? await startPostgres({ durable: true }) : null;
  const databaseUrl = (await postgres?.createDatabase()) ?? null;
  const vaultKey = randomBytes(32).toString('base64');
  const environment: Record<string, string> = {
    STAFFETTA_PUBLIC_URL: publicUrl,
    STAFFETTA_DATA_DIR: folder,
    STAFFETTA_VAULT_KEY: vaultKey,
    STAFFETTA_LOG_LEVEL: 'info',
    STAFFETTA_LIMIT_FACTOR: '1000',
    STAFFETTA_FATTURE_IN_CLOUD_CLIENT_ID: credentials.clientId,
    STAFFETTA_FATTURE_IN_CLOUD_CLIENT_SECRET: credentials.clientSecret,
    STAFFETTA_FATTURE_IN_CLOUD_ORIGIN: sandbox.origin,
    ...(databaseUrl === null ? {} : { STAFFETTA_DATABASE_URL: databaseUrl }),
  };
  const relays = ports.map((port) => new RelayProcess(entry, port, environment));
  // One after the other would do as well; at once shows that migrations are safe.
  await Promise.all(relays.map((relay) => relay.start()));

  let elapsedMs = 0;
  const send = (relay: RelayProcess, url: string, init?: RequestInit): Promise<Response> =>
    fetch(url.replace(publicUrl, relay.origin), { ...init, redirect: 'manual' });
  const reachable: Reachable = {
    publicUrl,
    now: () => Date.now() + elapsedMs,
    fetch(url, init) {
      const live = relays.filter(({ isAlive, isPaused }) => isAlive && !isPaused);
      const relay = live[Math.floor(Math.random() * live.length)];
      if (relay === undefined) return Promise.reject(new Error('no relay is up'));
      return send(relay, url, init);
    },
  };
  const setClocks = async (): Promise<void> => {
    await Promise.all(relays.map((relay) => relay.tell({ elapsedMs })));
  };
  const key = readKey(vaultKey);
  if (typeof key === 'string') throw new Error(key);
  const vault = createVault([key]);

  return {
    sandbox,
    relays,
    postgres,
    databaseUrl,
    environment,
    async connect() {
      const store = await openStore({ url: databaseUrl, file: join(folder, 'relay.sqlite') });
      await vaultFits(vault, store);
      const audit = await openAuditLog({ store, vault, now: reachable.now });
      const tools = { store, vault, audit, config: { publicUrl, sso: null }, now: reachable.now };
      const { link } = (await addMember(tools, operator, { name: 'Mario Rossi' })).invite;
      await store.close();
      const installation = await Installation.create(reachable);
      await installation.enrol(link.split('#')[1] ?? '');
      await installation.openSession();
      const flow = await installation.begin();
      const start = await reachable.fetch(flow.startUrl);
      const callback = await approve(start.headers.get('location') ?? '', { email: 'demo@example.it' });
      const bounced = await reachable.fetch(callback.href);
      const target = bounced.headers.get('location');
      if (target === null)
        throw new Error(`the callback answered ${bounced.status}: ${await bounced.text()}`);
      const handle = new URL(target).searchParams.get('handle') ?? '';
      const { connection, grant } = await installation.finish(flow, handle);
      const issued = sandbox.state.issued.find(({ value }) => value === grant.accessToken);
      if (issued === undefined) throw new Error('a token that nobody issued');
      return { installation, connectionId: connection.id, authorization: issued.authorization };
    },
    at({ installation }, relay) {
      const { privateKey, jwk, thumbprint } = installation;
      const moved = new Installation(
        { ...reachable, fetch: (url, init) => send(relay, url, init) },
        privateKey,
        jwk,
        thumbprint,
      );
      moved.sessionToken = installation.sessionToken;
      moved.nonce = installation.nonce;
      return moved;
    },
    async advance(ms) {
      elapsedMs += ms;
      sandbox.clock.advance(ms);
      await setClocks();
    },
    skew: (relay, ms) => relay.tell({ skewMs: ms }),
    async heal() {
      sandbox.faults.clear();
      for (const relay of relays) {
        if (relay.isPaused) await relay.resume();
        // Disarmed first: what is alive after that stays alive.
        await relay.tell({ elapsedMs, skewMs: 0, killAt: null, writeError: null });
        await relay.start();
      }
    },
    async close() {
      await Promise.all(relays.map((relay) => relay.kill('SIGTERM')));
      await postgres?.stop();
      await sandbox.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
