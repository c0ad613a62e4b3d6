import { installCommand, installFromDebian, isRoot, step } from './debian.ts';
import { findProgram, proxyPrograms } from './programs.ts';

// Only the tests put them in front of relays; where they cannot be had they say so.
const names = Object.keys(proxyPrograms) as Array<keyof typeof proxyPrograms>;
const missing = names.filter((name) => findProgram(name) === null);
const packages = missing.map((name) => proxyPrograms[name]);
if (missing.length > 0 && isRoot) {
  step(`${missing.join(', ')} from Debian`, () => installFromDebian(...packages));
} else if (missing.length > 0) {
  const command = installCommand(...packages);
  if (command !== null)
    console.log(
      `· ${missing.join(', ')}: not here, and only root can install it: for the tests of proxies run ${command}.`,
    );
}
