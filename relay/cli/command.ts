import { z } from 'zod';
import type { AuditLog } from '../audit.ts';
import type { Config } from '../config/config.ts';
import type { Vault } from '../keys/vault.ts';
import type { Driver } from '../store/driver.ts';
import type { Progress } from '../observe/progress.ts';

/** An open relay without its socket: what most commands work with. */
export interface Tools {
  config: Config;
  store: Driver;
  vault: Vault;
  audit: AuditLog;
  /** Epoch milliseconds. */
  now(): number;
}

/** What a command finds around it. */
export interface Surroundings {
  environment: Readonly<Record<string, string | undefined>>;
  stdin: NodeJS.ReadStream;
  progress: Progress;
  /** The settings. @throws ConfigError */
  readConfig(): Config;
  /** Opens database and vault; they are closed when the command has ended. @throws ConfigError · Failure */
  open(config?: Config): Promise<Tools>;
  /** Leaves what `open` has opened to the command, which goes on after its `run`. */
  keepOpen(): void;
}

/** A command that cannot be done, in words for the operator: exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** A command line that is not understood: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a command has to say at its end. */
export interface Said {
  /** As `--json` prints it, on one line. */
  json: string;
  /** As people read it. */
  lines: readonly string[];
  isGood: boolean;
}

/** A command of the program, whatever its arguments and its answer are. */
export interface Command {
  /** How it is called: one word, or two. */
  words: string;
  /** One plain line. */
  summary: string;
  /** What somebody should know who uses it for the first time. */
  detail: string;
  /** Meaning by name, in order; a name in brackets can be left out. */
  arguments: Readonly<Record<string, string>>;
  /** Meaning by flags, such as `--since <time>`. */
  options: Readonly<Record<string, string>>;
  /** One that works, without the program's name. */
  example: string;
  /** Shape of what `--json` prints; null for one that prints nothing at its end. */
  output: z.ZodType | null;
  run(around: Surroundings, given: Record<string, unknown>): Promise<Said | null>;
}

interface Definition<Input extends z.ZodObject, Output extends z.ZodType> {
  words: string;
  summary: string;
  detail?: string;
  arguments?: Record<string, string>;
  options?: Record<string, string>;
  example: string;
  /** Arguments and options by name. */
  input: Input;
  output: Output;
  run(around: Surroundings, input: z.infer<Input>): Promise<z.input<Output>>;
  /** The answer in lines for people. */
  text(answer: z.infer<Output>): readonly string[];
  /** Whether the answer is what one hopes for; otherwise the exit code is 1. */
  isGood?(answer: z.infer<Output>): boolean;
}

/** Defines a command: what it takes is parsed before it runs, what it answers before it is printed. */
export function defineCommand<Input extends z.ZodObject, Output extends z.ZodType>(
  definition: Definition<Input, Output>,
): Command {
  const { words, summary, detail = '', arguments: names = {}, options = {}, example, output } = definition;
  return {
    words,
    summary,
    detail,
    arguments: names,
    options,
    example,
    output,
    async run(around, given) {
      const input = definition.input.safeParse(given);
      if (!input.success) {
        throw new UsageError(
          input.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'),
        );
      }
      const answer = output.parse(await definition.run(around, input.data));
      return {
        json: JSON.stringify(answer),
        lines: definition.text(answer),
        isGood: definition.isGood?.(answer) ?? true,
      };
    },
  };
}

/** A moment as commands print it: ISO 8601, in UTC. */
export const Moment = z.iso.datetime();

/** A moment as commands print it. */
export const momentOf = (ms: number): string => new Date(ms).toISOString();

/** The same for people, without its seconds. */
export const shortMoment = (moment: string | null): string =>
  moment === null ? 'never' : moment.slice(0, 16).replace('T', ' ');

/** What a stranger wrote, in quotation marks; no character of it can move the cursor or turn the writing round. */
export const quoted = (text: string): string =>
  JSON.stringify(text).replaceAll(
    /[\p{Cc}\p{Cf}]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );

/** Rows in columns of one width each, for people. */
export function columns(rows: ReadonlyArray<readonly string[]>): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
