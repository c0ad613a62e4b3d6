import { setTimeout as pause } from 'node:timers/promises';
import { listConnections } from '../../shared/api/connections.ts';
import * as people from '../../shared/api/members.ts';
import { noticesPath } from '../../shared/api/notices.ts';
import { shareConnection } from '../../shared/api/team-connections.ts';
import type { MemberId } from '../../shared/ids.ts';
import type { Installation } from '../../test/relay/installation.ts';
import type { Team } from '../../test/faults/team.ts';
import { broker, grantTo, newTally, served, type Desk, type Tally } from '../../test/faults/work.ts';

/** What a team does all day. */
export const kinds = ['grant', 'brokered read', 'list', 'session', 'sign-in', 'stream'] as const;
type Kind = (typeof kinds)[number];

/** A team at work. */
export interface Load {
  /** What came of each kind so far. */
  readonly tallies: Readonly<Record<Kind, Tally>>;
  /** Lets what is under way end, and begins nothing, until `resume`. */
  rest(): Promise<void>;
  resume(): void;
  stop(): Promise<void>;
}

/** How many members hold tokens of their own, and how many work through the relay. */
const counts = { direct: 6, brokered: 2 };

const clients = '/c/101/entities/clients';

/**
 * Sets a team to work, at the pace of some thirty people.
 *
 * Brokered reads of Stora come from the relay's own memory but for one in ten seconds; those of Fatture in Cloud, and the
 * rest of Stora's, stay within the quotas that the relay keeps.
 */
export async function startLoad(team: Team): Promise<Load> {
  const { link } = await team.command(['invite', 'Ada Neri']);
  const { members } = (await team.command(['members'])) as { members: Array<{ memberId: MemberId }> };
  await team.command(['members', 'role', members[0]?.memberId ?? '', 'admin']);
  const admin = await team.join(String(link));
  const newcomer = async (name: string): Promise<Installation> =>
    team.join((await admin.call(people.createMember, { input: { name } })).invite.link);
  const fic = { providerId: 'fatture-in-cloud' as const, scopes: ['entity.clients:r'] };
  const stora = { providerId: 'stora' as const, scopes: ['public.contact:read'] };
  const sit = async (installation: Installation, wish: typeof fic | typeof stora): Promise<Desk> => ({
    installation,
    connection: await team.connect(installation, wish),
  });
  const direct: Desk[] = [];
  for (let index = 0; index < counts.direct; index += 1)
    direct.push(await sit(await newcomer(`Diretto ${index}`), fic));
  const brokered: Desk[] = [];
  for (let index = 0; index < counts.brokered; index += 1)
    brokered.push(await sit(await newcomer(`Tramite ${index}`), stora));
  const shared = await sit(admin, fic);
  await admin.call(shareConnection, {
    params: { connectionId: shared.connection.id },
    input: { sharedWith: 'everyone' },
  });

  const tallies = Object.fromEntries(kinds.map((kind) => [kind, newTally()])) as Record<Kind, Tally>; // each of them
  let isOver = false;
  let running = 0;
  let gate = Promise.resolve();
  let open: () => void = () => undefined;
  const jobs: Array<Promise<void>> = [];
  const every = (ms: number, kind: Kind, job: (tally: Tally, turn: number) => Promise<unknown>): void => {
    const work = async (): Promise<void> => {
      for (let turn = 0; !isOver; turn += 1) {
        await gate;
        running += 1;
        try {
          await job(tallies[kind], turn);
        } catch (error) {
          tallies[kind].failures.push(String(error));
        } finally {
          running -= 1;
        }
        await pause(ms * (0.5 + Math.random()));
      }
    };
    jobs.push(work());
  };

  for (const desk of direct) every(400, 'grant', (tally) => grantTo(desk, tally));
  for (const desk of brokered)
    every(400, 'brokered read', async (tally) => {
      await (await served(tally, () => broker(desk, 'GET', '/2025-09/contacts'))).arrayBuffer();
    });
  every(5_000, 'brokered read', async (tally) => {
    const desk = { ...shared, installation: direct[0]?.installation ?? admin };
    await (await served(tally, () => broker(desk, 'GET', clients))).arrayBuffer();
  });
  for (const { installation } of [...direct, ...brokered])
    every(2_000, 'list', async (tally) => {
      await (await served(tally, () => installation.request(listConnections))).arrayBuffer();
    });
  // A browser of its own: a proof made on one session must not go out on the next.
  const restless = await newcomer('Sessioni');
  every(3_000, 'session', (tally) => timed(tally, () => restless.openSession()));
  every(5_000, 'sign-in', (tally, turn) =>
    timed(tally, async () => {
      const browser = await team.signIn(`persona${turn % 5}`);
      const { members: all } = await admin.call(people.listMembers);
      await browser.call(listConnections);
      const one = all.find(({ email }) => email === `persona${turn % 5}@example.com`);
      for (const { id } of one?.installations ?? []) {
        await admin.call(people.removeInstallation, { params: { installationId: id } });
      }
    }),
  );
  for (const { installation } of [...direct, ...brokered])
    every(1_000, 'stream', (tally) => listen(installation, tally));

  return {
    tallies,
    async rest() {
      gate = new Promise((resolve) => {
        open = resolve;
      });
      while (running > 0) await pause(10);
    },
    resume: () => open(),
    async stop() {
      isOver = true;
      open();
      await Promise.all(jobs);
    },
  };
}

async function timed(tally: Tally, work: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now();
  await work();
  tally.calls += 1;
  tally.latencies.push(performance.now() - startedAt);
}

/** Opens the stream of notices and drops it, as a browser does that is closed. */
async function listen(installation: Installation, tally: Tally): Promise<void> {
  const response = await served(tally, () =>
    installation.ask({ method: 'GET', path: noticesPath, access: 'session' }),
  );
  await pause(Math.random() * 2_000);
  await response.body?.cancel();
}
