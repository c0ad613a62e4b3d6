import { spawnSync } from 'node:child_process';
import { findChromium, findFirefox, speaksItalian } from './browser.ts';
import { installCommand, installFromDebian, isRoot, step } from './debian.ts';
import { toolArgs } from './tool.ts';

const chromiumPackages = ['chromium', 'chromium-l10n', 'fonts-dejavu-core'];
const firefoxPackages = ['firefox-esr', 'firefox-esr-l10n-it'];

const fromPlaywright = (): void => {
  spawnSync(process.execPath, toolArgs('playwright', 'install', 'chromium'), {
    stdio: 'ignore',
    timeout: 300_000,
  });
};

if (findChromium() === null) step('Chromium from Playwright', fromPlaywright);
const isComplete = (): boolean => {
  const found = findChromium();
  return found !== null && speaksItalian(found);
};
if (!isComplete() && isRoot) {
  step('Chromium from Debian', () => installFromDebian(...chromiumPackages));
}
if (findChromium() === null) {
  const command = installCommand(...chromiumPackages);
  console.error(
    command === null || isRoot
      ? '✗ Chromium is needed: install the package "chromium", or name one in STAFFETTA_CHROMIUM.'
      : `✗ Chromium is needed and only root can install it: run ${command}, or name one in STAFFETTA_CHROMIUM.`,
  );
  process.exit(1);
}
if (!isComplete() && !isRoot) {
  const command = installCommand('chromium-l10n');
  if (command !== null)
    console.log(`· Chromium speaks no Italian, and only root can install it: run ${command}.`);
}
// Only the tests drive it; where it cannot be had they say so.
if (process.argv.includes('--firefox') && findFirefox() === null) {
  const command = installCommand(...firefoxPackages);
  if (isRoot) step('Firefox from Debian', () => installFromDebian(...firefoxPackages));
  else if (command !== null)
    console.log(`· Firefox is not here, and only root can install it: for its tests run ${command}.`);
}
