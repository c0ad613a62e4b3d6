import { existsSync } from 'node:fs';

/** Programs that the tests put in front of relays, with the Debian package that has each. */
export const proxyPrograms = { nginx: 'nginx-light', caddy: 'caddy', openssl: 'openssl' } as const;

/** The system's `name`; null where it is not installed. */
export function findProgram(name: keyof typeof proxyPrograms): string | null {
  const places = ['/usr/sbin', '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];
  return places.map((folder) => `${folder}/${name}`).find((path) => existsSync(path)) ?? null;
}
