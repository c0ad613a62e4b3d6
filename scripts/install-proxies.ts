import { installFromDebian, isRoot, step } from './debian.ts';
import { findProgram, proxyPrograms } from './programs.ts';

// Only the tests put them in front of relays; where they cannot be had they say so.
const names = Object.keys(proxyPrograms) as Array<keyof typeof proxyPrograms>;
const missing = names.filter((name) => findProgram(name) === null);
if (missing.length > 0 && isRoot) {
  step(`${missing.join(', ')} from Debian`, () =>
    installFromDebian(...missing.map((name) => proxyPrograms[name])),
  );
}
