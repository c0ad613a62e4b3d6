import { startPostgres } from '../test/postgres/server.ts';
import { runLoad } from './load.ts';
import { limitCpu, pin } from './measure.ts';
import { loadCore } from './process.ts';
import { measure, type Contender, type Figures } from './rounds.ts';
import { meet, signGrants } from './seed.ts';
import { openSetting, type Setting } from './setting.ts';
import type { Effort } from './warm.ts';

/** Connections that are asked for, chosen uniformly from all; each is asked for before the rounds that count. */
const workingSet = 1_000;

const requestsOf =
  (setting: Setting) =>
  async (count: number): Promise<Buffer[]> => {
    await meet(setting.callers, setting.publicUrl);
    return signGrants(setting.callers, setting.publicUrl, count);
  };

/** Warm grants from one relay on PostgreSQL with `sizes` connections in it, side by side. */
export async function measureSizes(
  sizes: readonly number[],
  { rounds, durationMs }: Effort,
): Promise<Figures[]> {
  pin(process.pid, loadCore);
  const postgres = await startPostgres({ durable: true });
  const settings: Setting[] = [];
  const servers = [];
  const contenders: Contender[] = [];
  try {
    for (const size of sizes) {
      const setting = await openSetting(size, workingSet, await postgres.createDatabase());
      const relay = await setting.startRelay();
      settings.push(setting);
      servers.push(relay);
      contenders.push({
        name: `${size.toLocaleString('en')} connections`,
        ports: [relay.port],
        pids: [relay.pid],
        prepare: requestsOf(setting),
      });
    }
    pin(postgres.pid(), loadCore);
    return await measure(contenders, {
      rounds,
      durationMs,
      sockets: 4,
      requestsMax: Math.ceil(durationMs * 4),
    });
  } finally {
    for (const server of servers) await server.stop();
    for (const setting of settings) setting.remove();
    await postgres.stop();
  }
}

/** Share of a core that each instance is given, so that database and load have room beside two of them. */
const instanceShare = 0.2;

/** Requests after which a relay is as fast as it gets. */
const warmUpRequests = 12_000;

/** What one and two instances came to; `way` says how their shares of a core were kept. */
export interface Instances {
  figures: Figures[];
  way: string;
}

/** One instance against two on the same PostgreSQL, each with the same fixed share of a core. */
export async function measureInstances({ rounds, durationMs }: Effort): Promise<Instances> {
  pin(process.pid, loadCore);
  const postgres = await startPostgres({ durable: true });
  const setting = await openSetting(workingSet, 200, await postgres.createDatabase());
  const relays = [await setting.startRelay(), await setting.startRelay()];
  // At full speed first: under a quota the compiler would still be at work when the rounds begin.
  for (const { port } of relays) {
    const requests = await requestsOf(setting)(warmUpRequests);
    let next = 0;
    await runLoad({ ports: [port], sockets: 16, durationMs: 10_000, next: () => requests[next++] ?? null });
  }
  const undo = relays.map(({ pid }, index) => limitCpu(`relay-${index}`, pid, instanceShare));
  const isLimited = undo.every((end) => end !== null);
  try {
    const [first] = relays;
    const contender = (name: string, servers: typeof relays): Contender => ({
      name,
      ports: servers.map(({ port }) => port),
      pids: servers.map(({ pid }) => pid),
      prepare: requestsOf(setting),
    });
    const figures = await measure(
      [contender('one instance', first === undefined ? [] : [first]), contender('two instances', relays)],
      { rounds, durationMs, sockets: 16, requestsMax: Math.ceil(durationMs * 4) },
    );
    const way = isLimited
      ? `each instance held to ${instanceShare * 100} % of a core by a CPU quota`
      : 'no quota to be had: both instances share one core with everything else';
    return { figures, way };
  } finally {
    for (const end of undo) end?.();
    for (const relay of relays) await relay.stop();
    setting.remove();
    await postgres.stop();
  }
}
