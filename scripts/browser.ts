import { existsSync } from 'node:fs';
import { chromium } from 'playwright';

/**
 * A Chromium that can load an unpacked extension: named by the environment, Playwright's, or the system's.
 *
 * Branded Chrome is left out on purpose: it no longer accepts `--load-extension`.
 *
 * @returns null where none is installed
 */
export function findChromium(): string | null {
  const candidates = [
    process.env['STAFFETTA_CHROMIUM'],
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    chromium.executablePath(),
  ];
  return candidates.find((path) => path !== undefined && path !== '' && existsSync(path)) ?? null;
}

/** Whether the Chromium at `path` speaks Italian: Debian ships the languages in a package of their own. */
export function speaksItalian(path: string): boolean {
  return path !== '/usr/bin/chromium' || existsSync('/usr/lib/chromium/locales/it.pak');
}

/** A stock Firefox: named by the environment, or the system's; null where none is installed. */
export function findFirefox(): string | null {
  const candidates = [process.env['STAFFETTA_FIREFOX'], '/usr/bin/firefox-esr', '/usr/bin/firefox'];
  return candidates.find((path) => path !== undefined && path !== '' && existsSync(path)) ?? null;
}
