import { hash, randomBytes, webcrypto } from 'node:crypto';
import { pathOf } from '../shared/endpoint.ts';
import { createGrant } from '../shared/api/grants.ts';
import { createSession } from '../shared/api/sessions.ts';
import { ConnectionId, MemberId } from '../shared/ids.ts';
import { thumbprintInput, type PublicKey } from '../shared/proof.ts';
import { digest } from '../relay/keys/random.ts';
import type { Driver, SqlValue, Statements } from '../relay/store/driver.ts';
import { sealToken } from '../relay/connection/tokens.ts';
import type { Vault } from '../relay/keys/vault.ts';

/** One enrolled installation with a session and a connection, able to ask for its grant. */
export interface Caller {
  thumbprint: string;
  privateKey: webcrypto.CryptoKey;
  jwk: PublicKey;
  sessionToken: string;
  connectionId: ConnectionId;
  nonce: string;
}

const dayMs = 86_400_000;

/** Statements with many rows each: a million single ones would take the better part of an hour. */
async function insertMany(
  statements: Statements,
  table: string,
  columns: readonly string[],
  rows: readonly SqlValue[][],
): Promise<void> {
  const size = Math.floor(30_000 / columns.length / 4);
  for (let at = 0; at < rows.length; at += size) {
    const part = rows.slice(at, at + size);
    const places = part.map(() => `(${columns.map(() => '?').join(', ')})`).join(', ');
    await statements.run(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${places}`, ...part.flat());
  }
}

/**
 * Fills an empty database with `connections` connections of as many members, chosen from which `callers` are enrolled.
 *
 * Tokens of the others are one sealed text each: their size and their number are what counts.
 */
export async function seed(
  store: Driver,
  vault: Vault,
  connections: number,
  callers: number,
  nowMs: number,
): Promise<Caller[]> {
  const made: Caller[] = [];
  const every = Math.max(1, Math.floor(connections / callers));
  const filler = sealToken(
    vault,
    {
      id: ConnectionId.parse(id('con')),
      memberId: MemberId.parse(id('mem')),
      providerId: 'fatture-in-cloud',
    },
    'accessToken',
    newAccessToken(),
  );
  const pageSize = 20_000;
  for (let from = 0; from < connections; from += pageSize) {
    const members: SqlValue[][] = [];
    const installations: SqlValue[][] = [];
    const sessions: SqlValue[][] = [];
    const rows: SqlValue[][] = [];
    for (let index = from; index < Math.min(from + pageSize, connections); index += 1) {
      const memberId = MemberId.parse(id('mem'));
      const connectionId = ConnectionId.parse(id('con'));
      members.push([memberId, 'Mario Rossi', nowMs]);
      let sealed = filler;
      if (index % every === 0 && made.length < callers) {
        const caller = await newCaller(connectionId);
        const installationId = id('ins');
        made.push(caller);
        installations.push([installationId, memberId, 'Chrome', caller.thumbprint, nowMs, nowMs]);
        sessions.push([digest(caller.sessionToken), installationId, nowMs + dayMs / 2, nowMs]);
        sealed = sealToken(
          vault,
          { id: connectionId, memberId, providerId: 'fatture-in-cloud' },
          'accessToken',
          newAccessToken(),
        );
      }
      rows.push([
        connectionId,
        memberId,
        'fatture-in-cloud',
        'active',
        '["entity.clients:r"]',
        sealed,
        nowMs + dayMs,
        sealed,
        1,
        nowMs,
        nowMs,
      ]);
    }
    await store.transaction(async (statements) => {
      await insertMany(statements, 'members', ['id', 'name', 'created_at_ms'], members);
      await insertMany(
        statements,
        'installations',
        ['id', 'member_id', 'name', 'thumbprint', 'created_at_ms', 'last_seen_at_ms'],
        installations,
      );
      await insertMany(
        statements,
        'sessions',
        ['token_hash', 'installation_id', 'expires_at_ms', 'last_used_at_ms'],
        sessions,
      );
      await insertMany(
        statements,
        'connections',
        [
          'id',
          'member_id',
          'provider_id',
          'status',
          'scopes',
          'access_token',
          'access_expires_at_ms',
          'refresh_token',
          'token_version',
          'created_at_ms',
          'refreshed_at_ms',
        ],
        rows,
      );
    });
  }
  return made;
}

const id = (prefix: string): string => `${prefix}_${randomBytes(16).toString('base64url')}`;

const newAccessToken = (): string => `a/${randomBytes(48).toString('base64url')}`;

async function newCaller(connectionId: ConnectionId): Promise<Caller> {
  const { privateKey, publicKey } = await webcrypto.subtle.generateKey(
    { name: 'ECDSA', namedCurve: 'P-256' },
    true,
    ['sign', 'verify'],
  );
  const { x = '', y = '' } = await webcrypto.subtle.exportKey('jwk', publicKey);
  const jwk: PublicKey = { kty: 'EC', crv: 'P-256', x, y };
  const sessionToken = `ses_${randomBytes(32).toString('base64url')}`;
  return { thumbprint: digest(thumbprintInput(jwk)), privateKey, jwk, sessionToken, connectionId, nonce: '' };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

async function prove(caller: Caller, url: string, ath: string | null): Promise<string> {
  const claims = {
    jti: randomBytes(16).toString('base64url'),
    htm: 'POST',
    htu: url,
    iat: Math.floor(Date.now() / 1000),
    ...(ath === null ? {} : { ath }),
    ...(caller.nonce === '' ? {} : { nonce: caller.nonce }),
  };
  const signed = `${encode({ typ: 'dpop+jwt', alg: 'ES256', jwk: caller.jwk })}.${encode(claims)}`;
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
  const signature = await webcrypto.subtle.sign(algorithm, caller.privateKey, Buffer.from(signed));
  return `${signed}.${Buffer.from(signature).toString('base64url')}`;
}

/** Gets each caller a nonce, which stays good for the minutes a round takes; at `port` where that is another instance. */
export async function meet(
  callers: readonly Caller[],
  publicUrl: string,
  port = Number(new URL(publicUrl).port),
): Promise<void> {
  for (const caller of callers) {
    caller.nonce = '';
    const response = await fetch(`http://127.0.0.1:${port}${createSession.path}`, {
      method: 'POST',
      headers: { DPoP: await prove(caller, publicUrl + createSession.path, null) },
    });
    await response.arrayBuffer();
    caller.nonce = response.headers.get('dpop-nonce') ?? '';
  }
}

/** Requests for grants, signed before the round so that signing is not what is measured. */
export async function signGrants(
  callers: readonly Caller[],
  publicUrl: string,
  count: number,
  isProven = true,
): Promise<Buffer[]> {
  const body = '{}';
  const host = new URL(publicUrl).host;
  const sign = async (caller: Caller): Promise<Buffer> => {
    const path = pathOf(createGrant, { connectionId: caller.connectionId });
    const ath = hash('sha256', caller.sessionToken, 'base64url');
    const proof = isProven ? await prove(caller, publicUrl + path, ath) : caller.thumbprint;
    return Buffer.from(
      `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nAuthorization: DPoP ${caller.sessionToken}\r\nDPoP: ${proof}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  };
  const requests: Buffer[] = [];
  while (requests.length < count) {
    const part = callers.slice(0, Math.min(callers.length, count - requests.length));
    requests.push(...(await Promise.all(part.map(sign))));
  }
  return requests;
}
