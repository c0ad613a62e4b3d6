import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { pin } from './measure.ts';

/** A server in a process of its own. */
export interface Server {
  name: string;
  port: number;
  pid: number;
  /** From the start of its process to its first `200` on `/ready`, or to its own word that it listens, in milliseconds. */
  readyMs: number;
  stop(): Promise<void>;
}

/** Core of the servers; the load has the other. */
export const serverCore = 0;

/** Core of the load, and of databases that are servers themselves. */
export const loadCore = 1;

/** Starts a server and waits until a line of it contains `sign`. */
export async function startServer(
  name: string,
  file: string,
  port: number,
  environment: Record<string, string>,
  sign = 'ready',
): Promise<Server> {
  const startedAt = performance.now();
  const child: ChildProcess = spawn(process.execPath, [file], {
    env: { ...environment, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { stdout, pid } = child;
  if (stdout === null || pid === undefined) throw new Error(`${name} does not start`);
  const ready = Promise.withResolvers<void>();
  createInterface(stdout).on('line', (line) => {
    if (line.includes(sign)) ready.resolve();
  });
  const exited = once(child, 'exit');
  await Promise.race([
    ready.promise,
    exited.then(() => {
      throw new Error(`${name} ended before it was ready`);
    }),
  ]);
  const readyMs = performance.now() - startedAt;
  pin(pid, serverCore);
  return {
    name,
    port,
    pid,
    readyMs,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
