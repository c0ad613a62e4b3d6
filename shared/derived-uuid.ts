/**
 * A UUID (version 8, RFC 9562 §5.8) out of the first sixteen bytes of a digest: always the same for the same thing.
 *
 * @param digest SHA-256, lower-case hex
 */
export function derivedUuid(digest: string): string {
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}
