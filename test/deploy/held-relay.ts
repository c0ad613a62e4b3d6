import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';

const holder = fileURLToPath(new URL('socket-holder.ts', import.meta.url));

/** A relay on a socket that outlives it, as with `staffetta.socket`. */
export interface HeldRelay {
  lines: string[];
  /** Ends it in order, as `systemctl restart` does, and waits until the next one is ready. */
  restart(): Promise<void>;
  /** Ends it and its socket. */
  stop(): Promise<void>;
}

/** Starts one and waits until it is ready. */
export async function startHeldRelay(
  port: number,
  environment: Record<string, string>,
  entry: string,
): Promise<HeldRelay> {
  const child = spawn(process.execPath, [holder, String(port), entry], {
    env: { ...environment, STAFFETTA_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(line));
  const readyCount = (): number => lines.filter((line) => line.includes('"relay ready"')).length;
  const untilReady = (count: number): Promise<void> =>
    expect.poll(readyCount, { timeout: 60_000 }).toBeGreaterThanOrEqual(count);
  const said = 'relay pid ';
  const pid = (): number => Number(lines.findLast((line) => line.startsWith(said))?.slice(said.length));
  let hasEnded = false;
  const stop = async (): Promise<void> => {
    if (hasEnded) return;
    hasEnded = true;
    // First who would start the next one.
    child.kill('SIGKILL');
    await exited;
    process.kill(pid(), 'SIGKILL');
  };
  onTestFinished(stop);
  await untilReady(1);
  return {
    lines,
    async restart() {
      const before = readyCount();
      process.kill(pid(), 'SIGTERM');
      await untilReady(before + 1);
    },
    stop,
  };
}
