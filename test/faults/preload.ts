/**
 * Loaded into a relay before its own code: lets the fault harness set its clock, end it at a chosen step of a refresh,
 * take its embedded database away, and look at what its process holds. The relay itself knows nothing of this.
 */
import { ServerResponse } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { measure } from './measure.ts';

/** Steps of a refresh at which a process can be ended. */
export const killSteps = ['leased', 'answered', 'committing', 'committed', 'answering'] as const;

const Command = z.object({
  /** Time that has passed, in milliseconds: added to the wall clock and to the monotonic one. */
  elapsedMs: z.number().optional(),
  /** A jump of the wall clock alone, in milliseconds. */
  skewMs: z.number().optional(),
  /** Ends this process when it next reaches the step. */
  killAt: z.enum(killSteps).nullable().optional(),
  /** Primary result code with which every write of the embedded database fails; null lets it write. */
  writeError: z.int().nullable().optional(),
  /** Asks for a `Measure` in the place of the answer. */
  measure: z.literal(true).optional(),
});
/** What the harness tells a relay. */
export type Command = z.input<typeof Command>;

let elapsedMs = 0;
let skewMs = 0;
let killAt: (typeof killSteps)[number] | null = null;
let writeError: number | null = null;

const wallClock = Date.now.bind(Date);
Date.now = () => wallClock() + elapsedMs + skewMs;
const monotonicClock = performance.now.bind(performance);
performance.now = () => monotonicClock() + elapsedMs;

process.on('message', (message) => {
  const command = Command.parse(message);
  elapsedMs = command.elapsedMs ?? elapsedMs;
  skewMs = command.skewMs ?? skewMs;
  if (command.killAt !== undefined) ({ killAt } = command);
  if (command.writeError !== undefined) ({ writeError } = command);
  process.send?.(command.measure === true ? measure() : 'done');
});
process.channel?.unref();

const die = (): void => process.kill(process.pid, 'SIGKILL') as unknown as void;

/** Later than its step: by then the harness may have moved on to the next run. */
const dieIfArmed = (): void => {
  if (killAt !== null) die();
};

const plainFetch = globalThis.fetch;
globalThis.fetch = async (...args) => {
  if (killAt === 'leased') die();
  const response = await plainFetch(...args);
  if (killAt === 'answered') die();
  // Somewhere in the statements that follow, which take a few milliseconds in all.
  if (killAt === 'committing') setTimeout(dieIfArmed, Math.random() * 4);
  return response;
};

const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (sql) {
  if (writeError !== null && sql === 'COMMIT') {
    throw Object.assign(new Error('the disk says no'), { errcode: writeError });
  }
  exec.call(this, sql);
};

const { writeHead } = ServerResponse.prototype;
ServerResponse.prototype.writeHead = function (this: ServerResponse, ...args: unknown[]) {
  if (args[0] === 200 && this.req.url?.endsWith('/grant') === true) {
    if (killAt === 'committed') die();
    if (killAt === 'answering') setImmediate(dieIfArmed);
  }
  return Reflect.apply(writeHead, this, args) as ServerResponse;
} as typeof writeHead;
