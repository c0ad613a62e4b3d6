/** The match pattern that covers `origin`; patterns do not name ports. */
export function permissionOf(origin: string): string {
  const { protocol, hostname } = new URL(origin);
  return `${protocol}//${hostname}/*`;
}
