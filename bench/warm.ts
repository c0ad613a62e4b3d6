import { join } from 'node:path';
import { freePort } from '../scripts/port.ts';
import { pin } from './measure.ts';
import { loadCore, startServer } from './process.ts';
import { measure, type Contender, type Figures } from './rounds.ts';
import { meet, signGrants } from './seed.ts';
import { openSetting } from './setting.ts';

/** How long the rounds of a benchmark are, and how many. */
export interface Effort {
  rounds: number;
  durationMs: number;
}

/** Connections in the database of the warm grant. */
const connections = 1_000;

/** Installations that ask. */
const callers = 200;

/** Size of a grant's answer, which the floor and the parts answer too, in bytes. */
const answerBytes = 210;

/** Warm grants against the floor, the unavoidable parts, and better-auth; each server alone on its core in its turn. */
export async function measureWarm({ rounds, durationMs }: Effort): Promise<Figures[]> {
  pin(process.pid, loadCore);
  const setting = await openSetting(connections, callers);
  const relay = await setting.startRelay();
  const plain = await openSetting(connections, callers);
  const unproven = await plain.startRelay('bench/servers/unproven.ts');
  const environment = {
    ANSWER_BYTES: String(answerBytes),
    DATABASE: join(setting.folder, 'relay.sqlite'),
    VAULT_KEY: setting.vaultKey,
  };
  const floor = await startServer('floor', 'bench/servers/floor.ts', await freePort(), environment);
  const parts = await startServer('parts', 'bench/servers/parts.ts', await freePort(), environment);
  const other = await startServer('better-auth', 'bench/servers/better-auth.ts', await freePort(), {
    DATABASE: join(setting.folder, 'other.sqlite'),
    ACCOUNTS: '50',
    LIFE_SECONDS: '86400',
    PROVIDER: 'http://127.0.0.1:9',
  });
  const foreign = await foreignRequests(other.port);

  const relayed = async (count: number): Promise<Buffer[]> => {
    await meet(setting.callers, setting.publicUrl);
    return signGrants(setting.callers, setting.publicUrl, count);
  };
  const repeat = (list: readonly Buffer[], count: number): Buffer[] =>
    Array.from({ length: count }, (_, index) => list[index % list.length] ?? Buffer.alloc(0));
  // The same bytes, for servers that do not look at who asks.
  const unread = async (count: number): Promise<Buffer[]> =>
    repeat(await signGrants(setting.callers, setting.publicUrl, callers), count);
  const contender = (name: string, server: typeof relay, prepare: Contender['prepare']): Contender => ({
    name,
    ports: [server.port],
    pids: [server.pid],
    prepare,
  });
  try {
    return await measure(
      [
        contender('floor: node:http', floor, unread),
        contender('parts: floor + ES256 + row + AES-GCM', parts, unread),
        contender('relay', relay, relayed),
        contender('relay without proof check', unproven, (count) =>
          signGrants(plain.callers, plain.publicUrl, count, false),
        ),
        contender('better-auth getAccessToken', other, async (count) => repeat(foreign, count)),
      ],
      { rounds, durationMs, sockets: 16, requestsMax: durationMs * 15 },
    );
  } finally {
    for (const server of [relay, unproven, floor, parts, other]) await server.stop();
    setting.remove();
    plain.remove();
  }
}

/** better-auth's own callers, each with its session cookie. */
export async function foreignRequests(port: number): Promise<Buffer[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/callers`);
  const callers = (await answer.json()) as Array<{ cookie: string; accountId: string }>; // our own server says so
  return callers.map(({ cookie, accountId }) => {
    const body = JSON.stringify({ accountId });
    return Buffer.from(
      `POST /api/auth/get-access-token HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: http://127.0.0.1:${port}\r\nContent-Type: application/json\r\nCookie: ${cookie}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  });
}
