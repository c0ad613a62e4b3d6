import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Measure } from './measure.ts';
import type { Command } from './preload.ts';

const preload = new URL('preload.ts', import.meta.url).href;

/** The relay as TypeScript sources. */
export const relaySources: string = fileURLToPath(new URL('../../relay/main.ts', import.meta.url));

/** A relay in a process of its own that can be stopped, killed and started again. */
export class RelayProcess {
  readonly origin: string;
  readonly lines: string[] = [];
  isPaused = false;
  private readonly entry: string;
  private readonly environment: Record<string, string>;
  private child: ChildProcess | null = null;
  private elapsedMs = 0;

  constructor(entry: string, port: number, environment: Record<string, string>) {
    this.entry = entry;
    this.origin = `http://127.0.0.1:${port}`;
    this.environment = { ...environment, STAFFETTA_PORT: String(port) };
  }

  get isAlive(): boolean {
    const { child } = this;
    // A killed process has no exit code, and its channel may seem open a moment longer.
    return child !== null && child.connected && child.exitCode === null && child.signalCode === null;
  }

  /** Starts it if it is not there, and waits until it is ready. */
  async start(): Promise<void> {
    if (this.isAlive) return;
    const child = spawn(process.execPath, ['--import', preload, this.entry], {
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child = child;
    child.once('exit', (code, signal) => this.lines.push(`process ended: ${signal ?? code}`));
    this.isPaused = false;
    const { stdout, stderr } = child;
    if (stdout === null || stderr === null) throw new Error('no pipes');
    createInterface(stderr).on('line', (line) => this.lines.push(line));
    const ready = new Promise<void>((resolve) => {
      createInterface(stdout).on('line', (line) => {
        this.lines.push(line);
        if (line.includes('relay ready')) resolve();
      });
    });
    const exited = once(child, 'exit');
    await this.tell({ elapsedMs: this.elapsedMs });
    await Promise.race([
      ready,
      exited.then(() => {
        throw new Error(`the relay ended before it was ready:\n${this.lines.slice(-20).join('\n')}`);
      }),
    ]);
  }

  /** Tells it something and waits until it has heard; one that is not there hears it when it starts. */
  async tell(command: Command): Promise<void> {
    this.elapsedMs = command.elapsedMs ?? this.elapsedMs;
    const { child } = this;
    if (child === null || !this.isAlive || this.isPaused) return;
    await this.send(child, command);
  }

  /** Collects the garbage of the process and says what it holds then. */
  async measure(): Promise<Measure> {
    const { child } = this;
    if (child === null || !this.isAlive) throw new Error('no process to measure');
    return Measure.parse(await this.send(child, { measure: true }));
  }

  /** Sends a command; resolves with the answer, or with nothing when the process has ended. */
  private send(child: ChildProcess, command: Command): Promise<unknown> {
    return new Promise((resolve) => {
      const done = (answer: unknown): void => {
        child.off('message', done);
        child.off('exit', done);
        resolve(answer);
      };
      child.once('message', done);
      child.once('exit', done);
      // A process that is dying cannot be told; its end is what is waited for then.
      child.send(command, () => undefined);
    });
  }

  pause(): void {
    if (this.isAlive) this.child?.kill('SIGSTOP');
    this.isPaused = true;
  }

  async resume(): Promise<void> {
    if (this.isAlive) this.child?.kill('SIGCONT');
    this.isPaused = false;
    await this.tell({ elapsedMs: this.elapsedMs });
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    if (!this.isAlive || this.child === null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGCONT');
    this.child.kill(signal);
    await exited;
  }
}
