import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';

/** Ticks of a process's CPU time in a second, as Linux counts them. */
const ticksPerSecond = 100;

/** Whether processes can be kept to one core. */
export const canPin: boolean = (() => {
  try {
    execFileSync('taskset', ['-p', String(process.pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** Keeps a process, with all its threads, to one core. */
export function pin(pid: number, core: number): void {
  if (canPin) execFileSync('taskset', ['-acp', String(core), String(pid)], { stdio: 'ignore' });
}

/** CPU time that a process has used, in microseconds. */
export function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1e6;
}

/** Memory that a process holds, in MB. */
export function rssOf(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

/** The middle of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? Number.NaN)) / 2;
}

/** How far numbers lie apart, as a share of their median. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

/** Length of the slices in which a share of a core is given out; the system takes no quota below a millisecond. */
const quotaPeriodMicros = 10_000;

const quotaFolder = '/sys/fs/cgroup/cpu';

/** Gives a process a fixed share of a core; null where this system does not let us. */
export function limitCpu(name: string, pid: number, share: number): (() => void) | null {
  const folder = `${quotaFolder}/staffetta-${process.pid}-${name}`;
  try {
    if (!existsSync(`${quotaFolder}/cpu.cfs_quota_us`)) return null;
    mkdirSync(folder);
    // A short period, so that no request waits long for the next slice.
    writeFileSync(`${folder}/cpu.cfs_period_us`, String(quotaPeriodMicros));
    writeFileSync(`${folder}/cpu.cfs_quota_us`, String(Math.round(quotaPeriodMicros * share)));
    writeFileSync(`${folder}/cgroup.procs`, String(pid));
    return () => {
      writeFileSync(`${quotaFolder}/cgroup.procs`, String(pid));
      rmdirSync(folder);
    };
  } catch {
    return null;
  }
}
