import { hash, randomBytes, randomUUID } from 'node:crypto';

/** A new identifier `<prefix>_…` with 128 random bits. The caller's schema gives it its brand. */
export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(16).toString('base64url')}`;
}

/** A new secret of 256 random bits in base64url (43 characters). */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Names a request in the log and in its answer; not secret. 16 characters. */
export function newRequestId(): string {
  return randomUUID().slice(-17).replace('-', '');
}

/** SHA-256 of a text in base64url: what the database keeps of a secret that it only has to recognise. */
export function digest(text: string): string {
  return hash('sha256', text, 'base64url');
}
