import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { chromeExtensionIdDefault, firefoxAddonIdDefault } from '../../relay/config/config.ts';

/** Root needs no user namespace to have a mount namespace of its own. */
const unshare = ['unshare', ...(process.getuid?.() === 0 ? [] : ['--map-root-user']), '--mount'];

/** Why no browser can be given policies here without touching the machine; null where it can. Our own checks always can. */
export function policyObstacle(): string | null {
  const [command = '', ...args] = unshare;
  const isPossible = spawnSync(command, [...args, 'mount', '-t', 'tmpfs', 'none', '/tmp']).status === 0;
  return isPossible || process.env['CI'] === 'true' ? null : 'no mount namespaces here (unshare --mount)';
}

/** A folder of policies that one browser sees, and nobody else. */
export interface Policies {
  /** A program that starts the browser at `executablePath` with them. */
  launcher(executablePath: string): string;
  /** Sets what the organisation wants of the extension; a browser that runs has to be told to look again. */
  write(settings: Readonly<Record<string, unknown>>): void;
}

/**
 * Makes the folder. The browser gets a mount namespace of its own, and in it a copy of /etc in memory, with the folder where
 * Chromium and Firefox look for policies: outside nothing changes, and all is gone with the browser.
 */
export function createPolicies(): Policies {
  const folder = mkdtempSync(join(tmpdir(), 'staffetta-policies-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const name of ['etc', 'policies']) mkdirSync(join(folder, name));
  return {
    launcher(executablePath) {
      const file = join(folder, 'browser');
      const places = 'chromium/policies/managed firefox/policies';
      writeFileSync(
        file,
        `#!/bin/sh
exec ${unshare.join(' ')} sh -ec '
  cd "$0"
  mount -t tmpfs none etc
  cp -a /etc/. etc 2>/dev/null || true # what may not be read is none of the browser’s
  for place in ${places}; do mkdir -p "etc/$place"; mount --bind policies "etc/$place"; done
  mount --rbind etc /etc
  cd /
  exec "$@"' '${folder}' '${executablePath}' "$@"
`,
      );
      chmodSync(file, 0o700);
      return file;
    },
    write(settings) {
      const policies = {
        '3rdparty': { extensions: { [chromeExtensionIdDefault]: settings } },
        policies: { '3rdparty': { Extensions: { [firefoxAddonIdDefault]: settings } } },
      };
      writeFileSync(join(folder, 'policies', 'policies.json'), JSON.stringify(policies));
    },
  };
}
