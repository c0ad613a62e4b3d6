import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Whether packages can be installed here at all. */
export const isRoot: boolean = process.getuid?.() === 0;

/** Command that installs packages of Debian, for a person to run; null on another system. */
export function installCommand(...packages: string[]): string | null {
  return existsSync('/usr/bin/apt-get')
    ? `sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`
    : null;
}

/** Installs packages of Debian; whether they are there afterwards is the caller's to look. */
export function installFromDebian(...packages: string[]): void {
  // RUNLEVEL keeps Debian's scripts from starting a server that was just installed.
  const run = (...args: string[]) =>
    spawnSync('apt-get', args, {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    });
  run('update');
  run('install', '-y', '--no-install-recommends', ...packages);
}

/** Does one step of a set-up and says how long it took. */
export function step(name: string, work: () => void): void {
  const startedAt = performance.now();
  work();
  console.log(`· ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
}
