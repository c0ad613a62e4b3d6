import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Reachable } from './installation.ts';

const main = fileURLToPath(new URL('../../relay/main.ts', import.meta.url));

type Environment = Record<string, string>;

/** Which relay is run, and where it stands while it runs. */
interface Program {
  entry: string;
  folder?: string;
}

const sources: Program = { entry: main };

const start = (args: readonly string[], environment: Environment, { entry, folder }: Program): ChildProcess =>
  spawn(process.execPath, [entry, ...args], {
    env:
      folder === undefined ? { NODE_COMPILE_CACHE: '.staffetta/compile-cache', ...environment } : environment,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** A folder that is gone when the test has ended. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'staffetta-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** How a command of the relay ended. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs one command of the relay to its end.
 *
 * @param onStart handed its process
 */
export async function runRelay(
  args: readonly string[],
  environment: Environment,
  onStart: (child: ChildProcess) => void = () => undefined,
  program = sources,
): Promise<Ended> {
  const child = start(args, environment, program);
  onStart(child);
  onTestFinished(() => void child.kill('SIGKILL'));
  const { stdout: out, stderr: err } = child;
  if (out === null || err === null) throw new Error('no pipes');
  const [stdout, stderr, [code]] = await Promise.all([text(out), text(err), once(child, 'exit')]);
  return { code: code as number | null, stdout, stderr };
}

/** A relay in a process of its own, listening on loopback. */
export interface RelayProcess extends Reachable {
  port: number;
  /** Lines of its standard output and standard error so far. */
  lines: string[];
  /** Ends it; the answer is its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts a relay and waits until it says that it is ready. */
export async function startRelay(
  port: number,
  environment: Environment,
  program = sources,
): Promise<RelayProcess> {
  const child = start([], { ...environment, STAFFETTA_PORT: String(port) }, program);
  const exited = once(child, 'exit');
  const lines: string[] = [];
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    child.kill(signal);
    return (await exited)[0] as number | null;
  };
  onTestFinished(async () => void (await stop()));
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('no pipes');
  createInterface(stderr).on('line', (line) => lines.push(line));
  const ready = new Promise<void>((resolve) => {
    createInterface(stdout).on('line', (line) => {
      lines.push(line);
      if (line.includes('relay ready')) resolve();
    });
  });
  await Promise.race([
    ready,
    exited.then(() => {
      throw new Error(`the relay ended before it was ready:\n${lines.join('\n')}`);
    }),
  ]);
  const publicUrl = `http://127.0.0.1:${port}`;
  return { publicUrl, port, lines, now: Date.now, fetch: (url, init) => fetch(url, init), stop };
}
