import { failed, ok, type Finding } from './finding.ts';

/** How far two clocks may lie apart, in milliseconds: the relay calls nobody wrong within it. */
const toleranceMs = 30_000;

/** Compares this machine's clock with somebody else's. */
export function compareClocks(whose: string, theirMs: number, oursMs: number): Finding {
  const about = `clock against ${whose}`;
  const seconds = Math.round((oursMs - theirMs) / 1000);
  if (Math.abs(oursMs - theirMs) <= toleranceMs) return ok(about, 'The clocks agree.');
  return failed(
    about,
    `This machine’s clock is ${Math.abs(seconds)} seconds ${seconds > 0 ? 'ahead' : 'behind'}.`,
    'Let it be set by itself (NTP, such as: timedatectl set-ntp true). Logins and refreshes fail when clocks disagree.',
  );
}
