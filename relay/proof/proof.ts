import {
  createHmac,
  createPublicKey,
  timingSafeEqual,
  verify as verifySignature,
  type KeyObject,
} from 'node:crypto';
import { z } from 'zod';
import { Failure } from '../../shared/failure.ts';
import {
  nonceLifetimeSeconds,
  ProofClaims,
  ProofHeader,
  proofWindowSeconds,
  thumbprintInput,
  type PublicKey,
} from '../../shared/proof.ts';
import type { ProofMemory } from './proof-memory.ts';
import { digest } from '../keys/random.ts';
import { Refusal } from '../failures/refusal.ts';

/** What one request shows. `url` is the relay's public URL of the route, never made from the request's Host. */
export interface ProofRequest {
  /** The `DPoP` header; several values arrive joined by commas. */
  header: string | undefined;
  method: string;
  url: string;
  /** The session token that accompanies the proof, if any. */
  sessionToken: string | null;
}

/** A proof that passed: who signed it, and with which nonce. */
export interface VerifiedProof {
  /** RFC 7638 SHA-256 thumbprint of the signing key, base64url. */
  thumbprint: string;
}

/** Checks DPoP proofs and issues the nonces they must carry. */
export interface ProofVerifier {
  /**
   * Refuses a proof for one of the reasons of RFC 9449 §4.3, in their order.
   *
   * @throws Failure `proof-invalid` · `nonce-required` (send again with the new nonce) · `clock` (`iat` off)
   */
  verify(request: ProofRequest): Promise<VerifiedProof>;
  /** A nonce for the key with this thumbprint, good for `nonceLifetimeSeconds`. */
  issueNonce(thumbprint: string): string;
}

interface ProofOptions {
  now(): number;
  memory: ProofMemory;
}

const proofLengthMax = 2048;
const rememberedMax = 10_000;

const refuse = (reason: string, cause?: unknown): Failure =>
  new Failure('proof-invalid', { cause: new Error(reason, { cause }) });

const parseSegment = <Output>(schema: z.ZodType<Output>, segment: string, reason: string): Output => {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'));
  } catch (error) {
    throw refuse(reason, error);
  }
  const result = schema.safeParse(value);
  if (!result.success) throw refuse(reason, result.error);
  return result.data;
};

/** Scheme and host in lower case, default port dropped, query and fragment ignored (RFC 9449 §4.3). */
const sameTarget = (htu: string, url: string): boolean => {
  const claimed = new URL(htu);
  const actual = new URL(url);
  return (
    claimed.origin === actual.origin &&
    claimed.pathname === actual.pathname &&
    claimed.username === '' &&
    claimed.password === ''
  );
};

/** The thumbprint of a public key (RFC 7638). */
export function thumbprintOf(key: PublicKey): string {
  return digest(thumbprintInput(key));
}

/** Half of the life of a nonce that is handed out again: the client has the other half to use it. */
const nonceReuseMs = (nonceLifetimeSeconds * 1000) / 2;

/** A key that has signed before. */
interface KnownKey {
  thumbprint: string;
  key: KeyObject;
}

/** Creates a verifier that shares `memory` with every other instance of the relay. */
export function createProofVerifier({ now, memory }: ProofOptions): ProofVerifier {
  /** By the header they come in, which is the same for every proof of an installation. */
  const knownKeys = createRecent<KnownKey>();
  /** The nonce that each key was last given, so that it need not be made, and checked, at every request. */
  const nonces = createRecent<{ nonce: string; issuedAtMs: number; signer: KeyObject }>();

  const nonceMac = (issuedAt: string, thumbprint: string): string =>
    createHmac('sha256', memory.nonceKey())
      .update(`${issuedAt}.${thumbprint}`)
      .digest('base64url')
      .slice(0, 22);

  const isIssued = (nonce: string, thumbprint: string): boolean => {
    const last = nonces.get(thumbprint);
    if (last?.nonce === nonce && last.signer === memory.nonceKey()) return true;
    const [issuedAt = '', mac = ''] = nonce.split('.');
    const expected = nonceMac(issuedAt, thumbprint);
    return mac.length === expected.length && timingSafeEqual(Buffer.from(mac), Buffer.from(expected));
  };

  const nonceFits = (nonce: string, thumbprint: string): boolean =>
    isIssued(nonce, thumbprint) &&
    now() - Number.parseInt(nonce.split('.')[0] ?? '', 36) <= nonceLifetimeSeconds * 1000;

  const issueNonce = (thumbprint: string): string => {
    const issuedAtMs = now();
    const signer = memory.nonceKey();
    const last = nonces.get(thumbprint);
    if (
      last?.signer === signer &&
      issuedAtMs - last.issuedAtMs < nonceReuseMs &&
      issuedAtMs >= last.issuedAtMs
    ) {
      return last.nonce;
    }
    const issuedAt = issuedAtMs.toString(36);
    const nonce = `${issuedAt}.${nonceMac(issuedAt, thumbprint)}`;
    nonces.set(thumbprint, { nonce, issuedAtMs, signer });
    return nonce;
  };

  /** Sent again with this one (RFC 9449 §8, §9). */
  const demandNonce = (thumbprint: string): Refusal =>
    new Refusal('nonce-required', { 'DPoP-Nonce': issueNonce(thumbprint) });

  return {
    issueNonce,

    async verify({ header, method, url, sessionToken }) {
      // 1 one header value · 2 one well-formed JWT
      if (header === undefined || header === '') throw refuse('no proof');
      if (header.includes(',')) throw refuse('several proofs');
      if (header.length > proofLengthMax) throw refuse('too long');
      const [protectedPart = '', claimsPart = '', signaturePart = '', rest] = header.split('.');
      if (rest !== undefined || ![protectedPart, claimsPart, signaturePart].every(isBase64Url)) {
        throw refuse('not a compact JWT');
      }
      // 4 typ · 5 alg · 7 no private members: the schema allows these values and members only
      const known = knownKeys.get(protectedPart) ?? readKey(protectedPart);
      const { thumbprint, key } = known;
      // 3 all required claims
      const claims = parseSegment(ProofClaims, claimsPart, 'claims');
      // 6 signature. Here, not in a pool: on one core the way there and back costs more than it saves.
      const isSigned = verifySignature(
        'sha256',
        Buffer.from(header.slice(0, protectedPart.length + 1 + claimsPart.length)),
        { key, dsaEncoding: 'ieee-p1363' },
        Buffer.from(signaturePart, 'base64url'),
      );
      if (!isSigned) throw refuse('signature');
      knownKeys.set(protectedPart, known);
      // 8 htm · 9 htu
      if (claims.htm !== method) throw refuse('htm');
      if (claims.htu !== url && !sameTarget(claims.htu, url)) throw refuse('htu');
      // 12 ath; the key behind the token is compared where the session is looked up
      const ath = sessionToken === null ? undefined : digest(sessionToken);
      if (claims.ath !== ath) throw refuse('ath');
      // 11 iat, before the nonce: a wrong clock gets a reason that the extension can correct
      if (Math.abs(now() - claims.iat * 1000) > proofWindowSeconds * 1000) {
        throw new Failure('clock', { cause: new Error('iat') });
      }
      // 10 nonce
      if (claims.nonce === undefined || !nonceFits(claims.nonce, thumbprint)) {
        throw demandNonce(thumbprint);
      }
      const isNew = await memory.remember(`${thumbprint}.${claims.jti}`).catch((error: unknown) => {
        const isStale = error instanceof Failure && error.code === 'nonce-required';
        throw isStale ? demandNonce(thumbprint) : error;
      });
      if (!isNew) throw refuse('replay');
      return { thumbprint };
    },
  };
}

function readKey(segment: string): KnownKey {
  const { jwk } = parseSegment(ProofHeader, segment, 'header');
  try {
    return { thumbprint: thumbprintOf(jwk), key: createPublicKey({ key: jwk, format: 'jwk' }) };
  } catch (error) {
    throw refuse('jwk is not a point of the curve', error);
  }
}

/** A map that forgets its oldest entries beyond `rememberedMax`. */
function createRecent<Value>(): Pick<Map<string, Value>, 'get'> & { set(key: string, value: Value): void } {
  const entries = new Map<string, Value>();
  return {
    get: (key) => entries.get(key),
    set(key, value) {
      if (entries.has(key)) {
        if (entries.get(key) !== value) entries.set(key, value);
        return;
      }
      if (entries.size >= rememberedMax) entries.delete(entries.keys().next().value ?? '');
      entries.set(key, value);
    },
  };
}

const isBase64Url = (text: string): boolean => /^[A-Za-z0-9_-]+$/.test(text);
