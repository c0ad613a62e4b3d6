import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Package that brings each tool we start. */
const packages = {
  knip: 'knip',
  oxlint: 'oxlint',
  playwright: 'playwright',
  prettier: 'prettier',
  tsc: 'typescript',
  vitest: 'vitest',
  wxt: 'wxt',
} as const;

/** Name of a tool's command. */
export type Tool = keyof typeof packages;

const modules = fileURLToPath(new URL('../node_modules', import.meta.url));

/**
 * Arguments that start `tool` with `process.execPath`: its JavaScript entry, then `args`.
 *
 * A command's name would be looked up in PATH, where another version may come first, and is a batch file on Windows, which Node starts
 * through a shell only (CVE-2024-27980).
 */
export function toolArgs(tool: Tool, ...args: string[]): string[] {
  const folder = join(modules, packages[tool]);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>;
  };
  const entry = typeof bin === 'string' ? bin : bin[tool];
  if (entry === undefined) throw new Error(`the package ${packages[tool]} has no command ${tool}`);
  return [join(folder, entry), ...args];
}
