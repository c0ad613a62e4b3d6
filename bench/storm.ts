import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createVault, readKey } from '../relay/keys/vault.ts';
import { sealToken } from '../relay/connection/tokens.ts';
import { freePort } from '../scripts/port.ts';
import { runLoad } from './load.ts';
import { startServer } from './process.ts';
import { meet, signGrants } from './seed.ts';
import { openSetting } from './setting.ts';
import { foreignRequests } from './warm.ts';

/** What became of a storm. */
export interface Storm {
  name: string;
  /** Refreshes that the provider was asked for. */
  providerCalls: number;
  /** Callers that got a token. */
  served: number;
  callers: number;
}

const callers = 1_000;

/** A token endpoint that takes 50 ms, and whose refresh tokens die when they are used. */
async function openProvider() {
  let calls = 0;
  const used = new Set<string>();
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      calls += 1;
      const given = new URLSearchParams(body).get('refresh_token') ?? '';
      const isDead = used.has(given);
      used.add(given);
      setTimeout(() => {
        response.writeHead(isDead ? 400 : 200, { 'Content-Type': 'application/json' });
        response.end(
          JSON.stringify(
            isDead
              ? { error: 'invalid_grant' }
              : {
                  access_token: `a/${randomBytes(32).toString('base64url')}`,
                  refresh_token: `r/${randomBytes(32).toString('base64url')}`,
                  token_type: 'bearer',
                  expires_in: 86_400,
                },
          ),
        );
      }, 50);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    close: () => server.close(),
  };
}

/** Every caller at once, each on a connection of its own. */
async function storm(
  name: string,
  port: number,
  requests: readonly Buffer[],
  calls: () => number,
): Promise<Storm> {
  let next = 0;
  const result = await runLoad({
    ports: [port],
    sockets: callers,
    durationMs: 60_000,
    next: () => requests[next++] ?? null,
  });
  return { name, callers, providerCalls: calls(), served: result.requests - result.failures };
}

/** 1,000 callers on one connection whose access token has ended. */
export async function measureStorm(): Promise<Storm[]> {
  const [ours, theirs] = [await openProvider(), await openProvider()];
  const setting = await openSetting(1, 1);
  const [caller] = setting.callers;
  if (caller === undefined) throw new Error('no caller');
  expireAll(setting.folder, setting.vaultKey);
  const relay = await setting.startRelay(undefined, ours.origin);
  const other = await startServer('better-auth', 'bench/servers/better-auth.ts', await freePort(), {
    DATABASE: join(setting.folder, 'other.sqlite'),
    ACCOUNTS: '1',
    LIFE_SECONDS: '-60',
    PROVIDER: theirs.origin,
  });
  try {
    await meet(setting.callers, setting.publicUrl);
    const requests = await signGrants(setting.callers, setting.publicUrl, callers);
    const foreign = await foreignRequests(other.port);
    const repeated = Array.from({ length: callers }, () => foreign[0] ?? Buffer.alloc(0));
    return [
      await storm('relay', relay.port, requests, ours.calls),
      await storm('better-auth', other.port, repeated, theirs.calls),
    ];
  } finally {
    await relay.stop();
    await other.stop();
    ours.close();
    theirs.close();
    setting.remove();
  }
}

/** Lets the one access token end, and gives its connection a refresh token of its own. */
function expireAll(folder: string, vaultKey: string): void {
  const key = readKey(vaultKey);
  if (typeof key === 'string') throw new Error(key);
  const database = new DatabaseSync(join(folder, 'relay.sqlite'));
  const row = database.prepare('SELECT id, member_id, provider_id FROM connections').get();
  const owner = { id: row?.['id'], memberId: row?.['member_id'], providerId: row?.['provider_id'] } as never; // as seeded
  const sealed = sealToken(createVault([key]), owner, 'refreshToken', 'r/first');
  database.prepare('UPDATE connections SET access_expires_at_ms = 0, refresh_token = ?').run(sealed);
  database.close();
}
