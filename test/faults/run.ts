import { setTimeout as pause } from 'node:timers/promises';
import { createGrant } from '../../shared/api/grants.ts';
import { Problem } from '../../shared/failure.ts';
import type { Installation } from '../relay/installation.ts';
import { faults, type Fault } from './faults.ts';
import { createRandom, type Random } from './random.ts';
import type { Connected, World } from './world.ts';

/** What one seeded run found. All but `interrupted` should be 0. */
export interface Findings {
  seed: number;
  fault: string;
  /** Connections that ended although the provider gives grace, or for another reason than a lost answer. */
  lost: number;
  /** Refreshes that neither time nor the fault explains. */
  duplicates: number;
  /** Tokens served that the provider did not issue for this connection, or that had ended. */
  wrong: number;
  /** Callers that were not answered within their time. */
  stuck: number;
  /** Connections that ended because the answer was lost and the provider gives no grace, and were told so. */
  interrupted: number;
  /** Callers in all. */
  callers: number;
  notes: string[];
}

/** Callers at each connection in a storm. */
const callersPerConnection = 8;

/** Within this every caller must have been answered, in milliseconds: the extension's own budget and a little. */
const patienceMs = 12_000;

const dayMs = 86_400_000;

/** How often a healed relay is asked before its connection counts as lost. */
const healedTries = 4;

/** The fault that `seed` draws for a world of so many instances. */
export function faultOf(random: Random, instances: number, withSlow: boolean): Fault {
  const fitting = faults.filter((fault) => fault.instances.includes(instances));
  const fault = random.pick(fitting);
  if (fault.isSlow !== true) return fault;
  return withSlow && random.next() < 0.5 ? fault : faultOf(random, instances, withSlow);
}

/** Plays one seeded fault in `world` on fresh connections, and looks at what is left of them. */
export async function playRun(world: World, seed: number, withSlow: boolean): Promise<Findings> {
  const random = createRandom(seed);
  const fault = faultOf(random, world.relays.length, withSlow);
  const connections = [await world.connect(), await world.connect()];
  await world.advance(dayMs);
  for (const { installation } of connections) await installation.openSession();
  const findings: Findings = {
    seed,
    fault: fault.name,
    lost: 0,
    duplicates: 0,
    wrong: 0,
    stuck: 0,
    interrupted: 0,
    callers: 0,
    notes: [],
  };
  const call = async (connected: Connected, installation: Installation): Promise<Answer> => {
    findings.callers += 1;
    const answer = await askGrant(installation, connected.connectionId);
    if (answer.kind === 'stuck') {
      findings.stuck += 1;
      findings.notes.push('stuck');
    }
    if (answer.kind === 'grant') {
      const fault = await faultOfToken(world, connected, answer.accessToken);
      if (fault !== null) {
        findings.wrong += 1;
        findings.notes.push(fault);
      }
    }
    return answer;
  };
  const before = connections.map((connected) => refreshesOf(world, connected));
  const storm = async (): Promise<void> => {
    const calls = connections.flatMap((connected) =>
      Array.from({ length: callersPerConnection }, () => call(connected, connected.installation)),
    );
    await Promise.all(calls);
  };
  await fault.play({
    world,
    random,
    storm,
    async callAt(relay) {
      await Promise.all(connections.map((connected) => call(connected, world.at(connected, relay))));
    },
  });
  await world.heal();
  for (const [index, connected] of connections.entries()) {
    const end = await endOf(world, connected, call, !fault.losesAnswers);
    const isHonest = end === 'interrupted' || (end === 'revoked' && fault.looksLikeRevocation === true);
    if (isHonest && fault.losesAnswers && world.sandbox.rotation === 'old-dies') {
      findings.interrupted += 1;
    } else if (end !== 'active') {
      findings.lost += 1;
      findings.notes.push(`ended as ${end}`);
    }
    const refreshes = refreshesOf(world, connected) - (before[index] ?? 0);
    const duplicates = Math.max(0, refreshes - 1 - fault.extraRefreshes);
    findings.duplicates += duplicates;
    if (duplicates > 0) findings.notes.push(`${refreshes} refreshes`);
  }
  return findings;
}

/** What a caller got. */
type Answer =
  | { kind: 'grant'; accessToken: string }
  | { kind: 'refused'; code: string }
  | { kind: 'gone' }
  | { kind: 'stuck' };

async function askGrant(installation: Installation, connectionId: string): Promise<Answer> {
  const startedAt = performance.now();
  const params = { connectionId: connectionId as never }; // it came from the relay's own answer
  const asking = installation
    .request(createGrant, { params, input: {} })
    .then(async (response): Promise<Answer> => {
      const body: unknown = await response.json();
      if (response.status === 200) {
        return { kind: 'grant', accessToken: createGrant.output.parse(body).accessToken };
      }
      return { kind: 'refused', code: Problem.parse(body).code };
    });
  const answer = await asking.catch((): Answer => ({ kind: 'gone' }));
  return performance.now() - startedAt > patienceMs ? { kind: 'stuck' } : answer;
}

/** What is wrong with a token that was served; null where nothing is. Uses it, as the member's next step would. */
async function faultOfToken(world: World, connected: Connected, token: string): Promise<string | null> {
  const issued = world.sandbox.state.issued.find(({ value }) => value === token);
  if (issued === undefined) return 'a token that nobody issued';
  if (issued.authorization !== connected.authorization) return 'a token of another connection';
  const response = await fetch(`${world.sandbox.origin}/user/info`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  await response.arrayBuffer();
  return response.status === 200 ? null : `a token that the provider answers with ${response.status}`;
}

const refreshesOf = ({ sandbox }: World, { authorization }: Connected): number =>
  sandbox.state.issued.filter((issued) => issued.kind === 'refresh' && issued.authorization === authorization)
    .length;

/** Pause before a connection is asked for again that another relay may revive, in milliseconds. */
const reviveMs = 2_000;

/** What became of a connection once everything works again and every pause is over. */
async function endOf(
  world: World,
  connected: Connected,
  call: (connected: Connected, installation: Installation) => Promise<Answer>,
  mayRevive: boolean,
): Promise<string> {
  let last = 'unanswered';
  for (let tries = 0; tries < healedTries; tries += 1) {
    await world.advance(61_000);
    const answer = await call(connected, connected.installation);
    if (answer.kind === 'grant') return 'active';
    last = answer.kind === 'refused' ? answer.code : answer.kind;
    // The relay that holds the answer may still be on its way back to the database.
    if (last === 'interrupted' && mayRevive) await pause(reviveMs);
    else if (['interrupted', 'revoked', 'expired', 'not-found'].includes(last)) return last;
    if (last === 'session-expired') await connected.installation.openSession();
  }
  return last;
}
