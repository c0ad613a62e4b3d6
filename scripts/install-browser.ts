import { spawnSync } from 'node:child_process';
import { findChromium, findFirefox, speaksItalian } from './browser.ts';
import { installFromDebian, isRoot, step } from './debian.ts';

const fromPlaywright = (): void => {
  spawnSync('playwright', ['install', 'chromium'], { stdio: 'ignore', timeout: 300_000 });
};

if (findChromium() === null) step('Chromium from Playwright', fromPlaywright);
const isComplete = (): boolean => {
  const found = findChromium();
  return found !== null && speaksItalian(found);
};
if (!isComplete() && isRoot) {
  step('Chromium from Debian', () => installFromDebian('chromium', 'chromium-l10n', 'fonts-dejavu-core'));
}
if (findChromium() === null) {
  console.error('✗ Chromium is needed: install the package "chromium", or name one in STAFFETTA_CHROMIUM.');
  process.exit(1);
}
// Only the tests drive it; where it cannot be had they say so.
if (process.argv.includes('--firefox') && findFirefox() === null && isRoot) {
  step('Firefox from Debian', () => installFromDebian('firefox-esr', 'firefox-esr-l10n-it'));
}
