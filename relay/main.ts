#!/usr/bin/env node
import { BackupError } from './backup/backup-error.ts';
import { CommandError } from './cli/command.ts';
import { commands } from './cli/commands/registry.ts';
import { MigrationError } from './cli/migrate-store.ts';
import { runProgram } from './cli/program.ts';
import { createSurroundings } from './cli/tools.ts';
import { ConfigError } from './config/config.ts';
import { Failure } from '../shared/failure.ts';
import { RecipeError } from './recipes.ts';
import { RewrapError } from './rewrap.ts';
import { CopyError } from './store/copy.ts';
import { NewerSchemaError } from './store/migrations/newer.ts';

/** Errors that say all there is to say; of any other the whole stack is wanted. */
const worded = [
  BackupError,
  CommandError,
  ConfigError,
  CopyError,
  Failure,
  MigrationError,
  NewerSchemaError,
  RecipeError,
  RewrapError,
];

function wordsOf(error: unknown): string {
  if (error instanceof Failure && error.code === 'storage-unavailable') {
    return `The relay cannot start:\n  - the database cannot be opened or written: ${String(error.cause)}`;
  }
  if (!(error instanceof Error)) return String(error);
  return worded.some((kind) => error instanceof kind) ? error.message : String(error.stack);
}

// The composition root: the only place that reads the environment, and where the process gets its exit code.
process.umask(0o077);
const { around, clear } = createSurroundings(process);
try {
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const code = await runProgram(process.argv.slice(2), commands, around, print);
  if (code !== undefined) process.exitCode = code;
} catch (error) {
  process.exitCode = 1;
  around.progress.clear();
  process.stderr.write(`${wordsOf(error)}\n`);
} finally {
  await clear();
}
