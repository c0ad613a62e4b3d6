import { spawnSync } from 'node:child_process';
import { findChromium, findFirefox, speaksItalian } from './browser.ts';

const isRoot = process.getuid?.() === 0;
const silent = { stdio: 'ignore' } as const;

const fromPlaywright = (): void => {
  spawnSync('playwright', ['install', 'chromium'], { ...silent, timeout: 300_000 });
};

const fromDebian = (...packages: string[]): void => {
  const apt = (...args: string[]) =>
    spawnSync('apt-get', args, { ...silent, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  apt('update');
  apt('install', '-y', '--no-install-recommends', ...packages);
};

const step = (name: string, work: () => void): void => {
  const startedAt = performance.now();
  work();
  console.log(`· ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
};

if (findChromium() === null) step('Chromium from Playwright', fromPlaywright);
const isComplete = (): boolean => {
  const found = findChromium();
  return found !== null && speaksItalian(found);
};
if (!isComplete() && isRoot) {
  step('Chromium from Debian', () => fromDebian('chromium', 'chromium-l10n', 'fonts-dejavu-core'));
}
if (findChromium() === null) {
  console.error('✗ Chromium is needed: install the package "chromium", or name one in STAFFETTA_CHROMIUM.');
  process.exit(1);
}
// Only the tests drive it; where it cannot be had they say so.
if (process.argv.includes('--firefox') && findFirefox() === null && isRoot) {
  step('Firefox from Debian', () => fromDebian('firefox-esr', 'firefox-esr-l10n-it'));
}
