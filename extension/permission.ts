/** The match pattern that covers `origin`; patterns do not name ports. */
export function permissionOf(origin: string): string {
  const { protocol, hostname } = new URL(origin);
  return `${protocol}//${hostname}/*`;
}

/** Where the popup notes, in session storage, the site whose permission it is about to ask for. */
export const pendingSiteName = 'pending-site';
