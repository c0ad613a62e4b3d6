import { hash, randomBytes } from 'node:crypto';

/** A new identifier `<prefix>_…` with 128 random bits. The caller's schema gives it its brand. */
export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(16).toString('base64url')}`;
}

/** A new secret of 256 random bits in base64url (43 characters). */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256 of a text in base64url: what the database keeps of a secret that it only has to recognise. */
export function digest(text: string): string {
  return hash('sha256', text, 'base64url');
}
