import { z } from 'zod';

const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** Public half of an installation's key: P-256, nothing else in it. A private member makes it invalid. */
export const PublicKey = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: coordinate,
  y: coordinate,
});
/** Public half of an installation's key. */
export type PublicKey = z.infer<typeof PublicKey>;

/** Header of a DPoP proof (RFC 9449 §4.2). */
export const ProofHeader = z.object({
  typ: z.literal('dpop+jwt'),
  alg: z.literal('ES256'),
  jwk: PublicKey,
  /** Extensions that must be understood (RFC 7515 §4.1.11): none are. */
  crit: z.never().optional(),
});

/**
 * Claims of a DPoP proof (RFC 9449 §4.2).
 *
 * `jti` is at least 96 random bits; `iat` is epoch seconds; `ath` accompanies a session token; `nonce` is the relay's.
 */
export const ProofClaims = z.object({
  jti: z.string().regex(/^[A-Za-z0-9_-]{16,64}$/),
  htm: z.string().max(10),
  htu: z.url().max(2048),
  iat: z.int(),
  ath: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .optional(),
  nonce: z.string().max(200).optional(),
});
/** Claims of a DPoP proof (RFC 9449 §4.2). */
export type ProofClaims = z.infer<typeof ProofClaims>;

/** The members of a key in the order RFC 7638 §3 hashes them. */
export function thumbprintInput({ crv, kty, x, y }: PublicKey): string {
  return JSON.stringify({ crv, kty, x, y });
}

/** How far a proof's `iat` may lie from the relay's clock, in seconds either way. */
export const proofWindowSeconds = 60;

/** How long a nonce of the relay stays good, in seconds. */
export const nonceLifetimeSeconds = 300;
