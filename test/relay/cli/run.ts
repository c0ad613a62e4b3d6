import { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { commands } from '../../../relay/cli/commands/registry.ts';
import { runProgram } from '../../../relay/cli/program.ts';
import { createSurroundings } from '../../../relay/cli/tools.ts';

/** What a command said and how it ended. */
export interface CommandRun {
  code: number | undefined;
  lines: string[];
  /** What it wrote on standard error by itself; errors that it throws are thrown. */
  stderr: string;
}

/** Runs a command in this process: the same program on the same database, without the second that a new process takes. */
export async function runCommand(
  args: readonly string[],
  environment: Record<string, string>,
  stdin = '',
): Promise<CommandRun> {
  const lines: string[] = [];
  let stderr = '';
  const write = process.stderr.write.bind(process.stderr);
  process.stderr.write = (text) => {
    stderr += String(text);
    return true;
  };
  onTestFinished(() => void (process.stderr.write = write));
  const { around, clear } = createSurroundings({
    env: environment,
    stdin: Readable.from([stdin]) as NodeJS.ReadStream, // a terminal is never there
    stderr: process.stderr,
  });
  try {
    const code = await runProgram(args, commands, around, (line) => void lines.push(line));
    return { code, lines, stderr };
  } finally {
    process.stderr.write = write;
    await clear();
  }
}
