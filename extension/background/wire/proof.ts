import type { ProofClaims } from '../../../shared/proof.ts';
import { encodeBase64Url } from './base64url.ts';
import type { InstallationKey } from './key.ts';

const encoder = new TextEncoder();

const encodeJson = (value: object): string => encodeBase64Url(encoder.encode(JSON.stringify(value)));

/** SHA-256 of a text in base64url. */
export async function sha256(text: string): Promise<string> {
  return encodeBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text))));
}

/** A random value of `bytes` bytes in base64url. */
export function randomText(bytes: number): string {
  return encodeBase64Url(crypto.getRandomValues(new Uint8Array(bytes)));
}

/** What a proof is made for. `issuedAtMs` is the relay's time as well as we know it. */
export interface ProofSubject {
  method: string;
  url: string;
  issuedAtMs: number;
  sessionToken: string | null;
  nonce: string | null;
}

/** Signs a DPoP proof (RFC 9449 §4.2) for one request. */
export async function signProof(key: InstallationKey, subject: ProofSubject): Promise<string> {
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: key.publicKey };
  const claims: ProofClaims = {
    jti: randomText(16),
    htm: subject.method,
    htu: subject.url,
    iat: Math.floor(subject.issuedAtMs / 1000),
    ...(subject.sessionToken === null ? {} : { ath: await sha256(subject.sessionToken) }),
    ...(subject.nonce === null ? {} : { nonce: subject.nonce }),
  };
  const signed = `${encodeJson(header)}.${encodeJson(claims)}`;
  const signature = await crypto.subtle.sign(
    { name: 'ECDSA', hash: 'SHA-256' },
    key.privateKey,
    encoder.encode(signed),
  );
  return `${signed}.${encodeBase64Url(new Uint8Array(signature))}`;
}
