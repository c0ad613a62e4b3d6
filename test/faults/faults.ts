import { setTimeout as pause } from 'node:timers/promises';
import type { Fault as SandboxFault } from '../sandbox/faults.ts';
import { killSteps } from './preload.ts';
import type { Random } from './random.ts';
import type { RelayProcess } from './relay-process.ts';
import type { World } from './world.ts';

/** What a fault has to work with: the world, and callers at every connection whose token has just ended. */
export interface Scene {
  world: World;
  random: Random;
  /** Every caller at once, wherever the balancer sends them; resolves when the last is answered. */
  storm(): Promise<void>;
  /** One caller of each connection at this relay. */
  callAt(relay: RelayProcess): Promise<void>;
}

/** One way in which things go wrong during a refresh. */
export interface Fault {
  name: string;
  /** Numbers of instances at which it makes sense. */
  instances: readonly number[];
  /** Whether an answer of the provider can be lost: then one without any grace may cost the connection, honestly. */
  losesAnswers: boolean;
  /** How many refreshes of one connection the fault explains beyond the one that is due. */
  extraRefreshes: number;
  /** Seconds it takes, about; slow ones are drawn more rarely. */
  isSlow?: boolean;
  /** Whether the provider's own answer says `invalid_grant` at once: nobody can tell that from a revocation. */
  looksLikeRevocation?: boolean;
  play(scene: Scene): Promise<void>;
}

const everywhere = [1, 2, 4];
const many = [2, 4];

/** How far the clocks go so that every lease and every pause is over, in milliseconds. */
const leaseMs = 13_000;

const atProvider = (
  name: string,
  fault: () => SandboxFault,
  rest: Pick<Fault, 'losesAnswers' | 'extraRefreshes' | 'isSlow' | 'looksLikeRevocation'>,
): Fault => ({
  name,
  instances: everywhere,
  ...rest,
  async play({ world, storm }) {
    world.sandbox.faults.next('POST /oauth/token', fault());
    await storm();
  },
});

/** Ends each relay that reaches `step`, and lets the others' clocks run past the lease of the dead one. */
const killAt = (step: (typeof killSteps)[number]): Fault => ({
  name: `killed: ${step}`,
  instances: everywhere,
  // Other connections' answers were on their way to the same process.
  losesAnswers: true,
  extraRefreshes: 1,
  async play({ world, storm }) {
    await Promise.all(world.relays.map((relay) => relay.tell({ killAt: step })));
    const over = new AbortController();
    const watch = (async () => {
      while (!over.signal.aborted && world.relays.every(({ isAlive }) => isAlive)) await pause(5);
      if (over.signal.aborted) return;
      await Promise.all(world.relays.map((relay) => relay.tell({ killAt: null })));
      await world.advance(leaseMs);
    })();
    await storm();
    over.abort();
    await watch;
  },
});

/** Makes the database refuse writes for a while. */
const atPostgres = (
  name: string,
  begin: (world: World) => Promise<void>,
  end: (world: World) => Promise<void>,
): Fault => ({
  name,
  instances: many,
  losesAnswers: false,
  extraRefreshes: 0,
  async play({ world, random, storm }) {
    // Before, during or after the provider's work.
    const moment = random.pick(['onArrival', 'onAnswer'] as const);
    const begun = Promise.withResolvers<void>();
    world.sandbox.faults.next('POST /oauth/token', {
      [moment]: async () => {
        await begin(world);
        begun.resolve();
      },
    });
    const storming = storm();
    await Promise.race([begun.promise, storming]);
    await pause(random.whole(50, 1_500));
    await end(world);
    await storming;
    // What is in hand is stored within a second.
    await pause(1_500);
  },
});

const atSqlite = (name: string, writeError: number): Fault => ({
  name,
  instances: [1],
  losesAnswers: false,
  extraRefreshes: 0,
  async play({ world, random, storm }) {
    const moment = random.pick(['onArrival', 'onAnswer'] as const);
    const [relay] = world.relays;
    world.sandbox.faults.next('POST /oauth/token', { [moment]: () => relay?.tell({ writeError }) });
    await storm();
    await pause(random.whole(50, 1_000));
    await relay?.tell({ writeError: null });
    await pause(1_500);
  },
});

/** Stops the relay that has asked, for longer than its lease, with the answer already on its way to it. */
const stopped: Fault = {
  name: 'paused longer than its lease',
  instances: everywhere,
  losesAnswers: true,
  extraRefreshes: 1,
  async play({ world, random, storm, callAt }) {
    const target = random.pick(world.relays);
    const moment = random.pick(['onArrival', 'onAnswer'] as const);
    const paused = Promise.withResolvers<void>();
    world.sandbox.faults.next('POST /oauth/token', {
      [moment]: () => {
        target.pause();
        paused.resolve();
      },
    });
    const late = callAt(target);
    await Promise.race([paused.promise, late]);
    await world.advance(leaseMs);
    if (world.relays.length > 1) await storm();
    else await pause(200);
    await target.resume();
    await late;
  },
};

const jumps: Fault = {
  name: 'clock jumps',
  instances: everywhere,
  losesAnswers: false,
  extraRefreshes: 1,
  async play({ world, random, storm }) {
    const target = random.pick(world.relays);
    const ms = random.pick([-3_600_000, -20_000, 20_000, 3_600_000]);
    world.sandbox.faults.next('POST /oauth/token', { onArrival: () => world.skew(target, ms) });
    await storm();
    await world.skew(target, 0);
  },
};

/** Every fault, in a fixed order: a seed always draws the same. */
export const faults: readonly Fault[] = [
  {
    name: 'none',
    instances: everywhere,
    losesAnswers: false,
    extraRefreshes: 0,
    play: ({ storm }) => storm(),
  },
  atProvider('answer lost', () => ({ loseAnswer: true }), { losesAnswers: true, extraRefreshes: 1 }),
  atProvider('answer cut short', () => ({ truncate: true }), { losesAnswers: true, extraRefreshes: 1 }),
  atProvider('answers lost twice', () => ({ loseAnswer: true, times: 2 }), {
    losesAnswers: true,
    extraRefreshes: 2,
  }),
  atProvider('request dropped', () => ({ reset: true }), { losesAnswers: false, extraRefreshes: 0 }),
  atProvider('request delivered twice', () => ({ duplicate: true }), {
    looksLikeRevocation: true,
    losesAnswers: true,
    extraRefreshes: 1,
  }),
  atProvider('provider 500', () => ({ status: 500, body: {} }), { losesAnswers: false, extraRefreshes: 0 }),
  atProvider('provider 503 for long', () => ({ status: 503, body: {}, times: 6 }), {
    losesAnswers: false,
    extraRefreshes: 0,
  }),
  atProvider('provider 429', () => ({ status: 429, body: {}, headers: { 'Retry-After': '5' } }), {
    losesAnswers: false,
    extraRefreshes: 0,
  }),
  atProvider('success with HTML', () => ({ status: 200, body: '<h1>Hi</h1>', contentType: 'text/html' }), {
    losesAnswers: false,
    extraRefreshes: 0,
  }),
  atProvider('no answer for long', () => ({ hang: true }), {
    losesAnswers: false,
    extraRefreshes: 0,
    isSlow: true,
  }),
  {
    name: 'answer later than the lease',
    instances: everywhere,
    losesAnswers: true,
    extraRefreshes: 1,
    isSlow: true,
    async play({ world, storm }) {
      world.sandbox.faults.next('POST /oauth/token', { onAnswer: () => pause(leaseMs) });
      await storm();
      await world.advance(leaseMs);
    },
  },
  ...killSteps.map(killAt),
  stopped,
  jumps,
  atSqlite('disk full', 13),
  atSqlite('database read-only', 8),
  atPostgres(
    'database restarted',
    async ({ postgres }) => postgres?.halt(),
    async ({ postgres }) => postgres?.resume(),
  ),
  atPostgres(
    'database read-only',
    async ({ postgres }) => {
      await postgres?.admin('ALTER SYSTEM SET default_transaction_read_only = on');
      await postgres?.admin('SELECT pg_reload_conf()');
    },
    async ({ postgres }) => {
      await postgres?.admin('ALTER SYSTEM RESET default_transaction_read_only');
      await postgres?.admin('SELECT pg_reload_conf()');
    },
  ),
  atPostgres(
    'disk full',
    async ({ postgres, databaseUrl }) =>
      postgres?.admin(
        `CREATE OR REPLACE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$;
         CREATE TRIGGER no_room BEFORE UPDATE ON connections EXECUTE FUNCTION no_room()`,
        databaseUrl ?? undefined,
      ),
    async ({ postgres, databaseUrl }) =>
      postgres?.admin('DROP TRIGGER IF EXISTS no_room ON connections', databaseUrl ?? undefined),
  ),
];
