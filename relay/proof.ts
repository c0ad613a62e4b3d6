import { createHmac, hash, timingSafeEqual, webcrypto } from 'node:crypto';
import { z } from 'zod';
import { Failure } from '../shared/failure.ts';
import {
  nonceLifetimeSeconds,
  ProofClaims,
  ProofHeader,
  proofWindowSeconds,
  thumbprintInput,
  type PublicKey,
} from '../shared/proof.ts';
import type { ProofMemory } from './proof-memory.ts';
import { digest } from './random.ts';
import { Refusal } from './refusal.ts';

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
const importedKeysMax = 10_000;

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

/** Creates a verifier that shares `memory` with every other instance of the relay. */
export function createProofVerifier({ now, memory }: ProofOptions): ProofVerifier {
  const importedKeys = new Map<string, webcrypto.CryptoKey>();

  const nonceMac = (issuedAt: string, thumbprint: string): string =>
    createHmac('sha256', memory.nonceKey())
      .update(`${issuedAt}.${thumbprint}`)
      .digest('base64url')
      .slice(0, 22);

  const nonceFits = (nonce: string, thumbprint: string): boolean => {
    const [issuedAt = '', mac = ''] = nonce.split('.');
    const expected = nonceMac(issuedAt, thumbprint);
    if (mac.length !== expected.length || !timingSafeEqual(Buffer.from(mac), Buffer.from(expected)))
      return false;
    return now() - Number.parseInt(issuedAt, 36) <= nonceLifetimeSeconds * 1000;
  };

  const issueNonce = (thumbprint: string): string => {
    const issuedAt = now().toString(36);
    return `${issuedAt}.${nonceMac(issuedAt, thumbprint)}`;
  };

  /** Sent again with this one (RFC 9449 §8, §9). */
  const demandNonce = (thumbprint: string): Refusal =>
    new Refusal('nonce-required', { 'DPoP-Nonce': issueNonce(thumbprint) });

  const importKey = async (thumbprint: string, jwk: PublicKey): Promise<webcrypto.CryptoKey> => {
    const known = importedKeys.get(thumbprint);
    if (known !== undefined) return known;
    const key = await webcrypto.subtle
      .importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify'])
      .catch((error: unknown) => {
        throw refuse('jwk is not a point of the curve', error);
      });
    if (importedKeys.size >= importedKeysMax) importedKeys.delete(importedKeys.keys().next().value ?? '');
    importedKeys.set(thumbprint, key);
    return key;
  };

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
      const { jwk } = parseSegment(ProofHeader, protectedPart, 'header');
      // 3 all required claims
      const claims = parseSegment(ProofClaims, claimsPart, 'claims');
      const thumbprint = thumbprintOf(jwk);
      // 6 signature
      const key = await importKey(thumbprint, jwk);
      const signed = await webcrypto.subtle.verify(
        { name: 'ECDSA', hash: 'SHA-256' },
        key,
        Buffer.from(signaturePart, 'base64url'),
        Buffer.from(`${protectedPart}.${claimsPart}`),
      );
      if (!signed) throw refuse('signature');
      // 8 htm · 9 htu
      if (claims.htm !== method) throw refuse('htm');
      if (!sameTarget(claims.htu, url)) throw refuse('htu');
      // 12 ath; the key behind the token is compared where the session is looked up
      const ath = sessionToken === null ? undefined : hash('sha256', sessionToken, 'base64url');
      if (claims.ath !== ath) throw refuse('ath');
      // 11 iat, before the nonce: a wrong clock gets a reason that the extension can correct
      if (Math.abs(now() - claims.iat * 1000) > proofWindowSeconds * 1000) {
        throw new Failure('clock', { cause: new Error('iat') });
      }
      // 10 nonce
      if (claims.nonce === undefined || !nonceFits(claims.nonce, thumbprint)) {
        throw demandNonce(thumbprint);
      }
      const isNew = await memory.remember(digest(`${thumbprint}.${claims.jti}`)).catch((error: unknown) => {
        const isStale = error instanceof Failure && error.code === 'nonce-required';
        throw isStale ? demandNonce(thumbprint) : error;
      });
      if (!isNew) throw refuse('replay');
      return { thumbprint };
    },
  };
}

const isBase64Url = (text: string): boolean => /^[A-Za-z0-9_-]+$/.test(text);
