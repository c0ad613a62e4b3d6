import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listConnections } from '../../shared/api/connections.ts';
import { createGrant } from '../../shared/api/grants.ts';
import type { Installation } from '../relay/installation.ts';
import { runCommand } from '../relay/cli/run.ts';
import { temporaryFolder } from '../relay/process.ts';
import { relaySources } from './relay-process.ts';
import { openWorld, type Connected, type World } from './world.ts';

const dayMs = 86_400_000;

const grant = ({ installation, connectionId }: Connected) =>
  installation.call(createGrant, { params: { connectionId: connectionId as never }, input: {} });

/** What the machine had is gone: the file with its log, or every table of the server's database. */
async function loseDatabase({ environment, postgres, databaseUrl }: World): Promise<void> {
  if (postgres === null || databaseUrl === null) {
    const file = join(environment['STAFFETTA_DATA_DIR'] ?? '', 'relay.sqlite');
    for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
  } else await postgres.admin('DROP SCHEMA public CASCADE; CREATE SCHEMA public', databaseUrl);
}

test.for([
  { store: 'the embedded database', instances: 1 },
  { store: 'PostgreSQL, with two relays', instances: 2 },
])(
  'a team that loses its machine gets everything back up to the backup, made under load, and nobody is left in a loop: $store',
  { timeout: 120_000 },
  async ({ instances }) => {
    const world = await openWorld(relaySources, instances, 'old-dies');
    onTestFinished(() => world.close());
    const environment = { ...world.environment };
    const command = async (...args: string[]): Promise<Record<string, unknown>> => {
      const { code, lines } = await runCommand([...args, '--json'], environment);
      expect(code).toBe(0);
      return JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    };
    const [idle, stale, quiet] = [await world.connect(), await world.connect(), await world.connect()];

    // Everybody works while the backup is made; nobody notices.
    const file = join(temporaryFolder(), 'backup.age');
    let served = 0;
    let isRunning = true;
    const work = async (installation: Installation): Promise<void> => {
      while (isRunning) {
        await installation.begin();
        await installation.call(listConnections);
        served += 1;
      }
    };
    const load = Promise.all([idle, stale, quiet].map(({ installation }) => work(installation)));
    const made = await command('backup', file).finally(() => (isRunning = false));
    await load;
    expect(served).toBeGreaterThan(5);
    expect(made).toMatchObject({ rows: { members: 3, connections: 3 } });

    // After it: a day passes, two connections are refreshed, and somebody is new.
    await world.advance(dayMs + 60_000);
    for (const one of [stale, quiet]) {
      await one.installation.openSession();
      await grant(one);
    }
    const late = await world.connect();

    await Promise.all(world.relays.map((relay) => relay.kill('SIGKILL')));
    await loseDatabase(world);
    const restored = await command('restore', file);
    expect(restored).toMatchObject({ isRestored: true, auditHead: made['auditHead'], inDoubt: 3 });
    expect(await command('audit', 'verify')).toMatchObject({ isWhole: true });
    expect(await command('audit', 'verify', String(made['auditHead']))).toMatchObject({ isWhole: true });
    await Promise.all(world.relays.map((relay) => relay.start()));

    // Whose token is the provider's current one goes on.
    await idle.installation.openSession();
    expect(await grant(idle)).toMatchObject({ connectionId: idle.connectionId });
    // Whose token was spent is told so, once; nobody asks the provider again.
    await stale.installation.openSession();
    const params = { connectionId: stale.connectionId as never };
    const refusal = () => stale.installation.refusal(createGrant, { params, input: {} });
    expect(await refusal()).toMatchObject({ code: 'interrupted' });
    // Nobody asks for this one: the relay finds out by itself.
    await expect
      .poll(async () => (await command('connections'))['connections'], { interval: 500 })
      .toEqual(
        expect.arrayContaining([
          expect.objectContaining({ connectionId: idle.connectionId, status: 'active', isInDoubt: false }),
          expect.objectContaining({
            connectionId: stale.connectionId,
            status: 'interrupted',
            isInDoubt: false,
          }),
          expect.objectContaining({
            connectionId: quiet.connectionId,
            status: 'interrupted',
            isInDoubt: false,
          }),
        ]),
      );
    const asked = async (): Promise<number> =>
      ((await command('audit', '--event', 'refresh_started', '--limit', '1000'))['entries'] as unknown[])
        .length;
    const before = await asked();
    expect(await refusal()).toMatchObject({ code: 'interrupted' });
    expect(await asked()).toBe(before);
    // Who came after the backup is not known, and is told that, not something else.
    expect(await late.installation.refusal(listConnections)).toMatchObject({ status: 401 });
    expect(await command('audit', 'verify')).toMatchObject({ isWhole: true });
  },
);
