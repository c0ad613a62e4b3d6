import { z } from 'zod';
import type { Config } from '../config/config.ts';

/** What one look at the relay and its surroundings has shown. */
export const Finding = z.object({
  /** What was looked at. */
  about: z.string(),
  level: z.enum(['ok', 'warning', 'failed']),
  /** One plain sentence. */
  says: z.string(),
  /** What mends it; null where there is nothing to mend. */
  mend: z.string().nullable(),
});
/** What one look at the relay and its surroundings has shown. */
export type Finding = z.infer<typeof Finding>;

/** All is well. */
export const ok = (about: string, says: string): Finding => ({ about, level: 'ok', says, mend: null });

/** It works, and somebody should know. */
export const warning = (about: string, says: string, mend: string): Finding => ({
  about,
  level: 'warning',
  says,
  mend,
});

/** It does not work. */
export const failed = (about: string, says: string, mend: string): Finding => ({
  about,
  level: 'failed',
  says,
  mend,
});

/** What a check looks at. */
export interface Examined {
  config: Config;
  /** Epoch milliseconds of this machine. */
  now(): number;
}

/** Longest time that anybody is waited for, in milliseconds. */
export const waitMs = 8_000;

/** Why nothing was reached, in words; never with an address that carries a password. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof DOMException && cause.name === 'TimeoutError') return 'no answer in time';
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return code === '' ? String(cause instanceof Error ? cause.message : cause) : (words.get(code) ?? code);
}

const words: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there (ECONNREFUSED)'],
  ['ENOTFOUND', 'its name is not known (ENOTFOUND)'],
  ['EAI_AGAIN', 'names cannot be looked up from here (EAI_AGAIN)'],
  ['ECONNRESET', 'the connection was cut (ECONNRESET)'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is signed by itself'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its certificate is signed by nobody whom this machine knows'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'its certificate is signed by nobody whom this machine knows'],
  [
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'its server leaves out a certificate of the chain, or nobody whom this machine knows has signed it',
  ],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another name'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'what answers there speaks no TLS'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'what answers there speaks no TLS'],
]);
