import { Command as Program, CommanderError, Option } from 'commander';
import release from '../../package.json' with { type: 'json' };
import { schemaVersion } from '../store/migrations/newer.ts';
import { UsageError, type Command, type Said, type Surroundings } from './command.ts';

/** How the program is called, in its own texts. */
const programName = 'staffetta';

/** How a run ends. The same numbers for every command. */
export const exitCodes: ReadonlyMap<number, string> = new Map([
  [0, 'done'],
  [1, 'refused, failed, or a check that is not passed; the reason stands on standard error or in the answer'],
  [2, 'the command line was not understood; nothing was done'],
]);

/** What each group of commands is about. */
const groups: ReadonlyMap<string, string> = new Map([
  ['members', 'people of the team'],
  ['installations', 'copies of the extension'],
  ['connections', 'accounts at providers'],
  ['token', 'tokens made by hand'],
  ['keys', 'keys of the vault'],
  ['sites', 'sites on which the team works'],
  ['recipes', 'how the team’s pages are read'],
  ['audit', 'what happened'],
]);

const listing = 'list';

/** `members` is `members list`, and nothing at all is `start`. */
function completed(args: readonly string[], commands: readonly Command[]): readonly string[] {
  const [first, second] = args;
  if (first === undefined) return ['start'];
  const isListed = commands.some(({ words }) => words === `${first} ${listing}`);
  const isWord = second !== undefined && !second.startsWith('-');
  if (!isListed || isWord || second === '--help' || second === '-h') return args;
  return [first, listing, ...args.slice(1)];
}

function define(
  program: Program,
  command: Command,
  run: (given: Record<string, unknown>) => Promise<void>,
): void {
  program.summary(command.summary).description(`${sentence(command.summary)} ${command.detail}`.trim());
  const names = Object.entries(command.arguments);
  for (const [name, meaning] of names) program.argument(name.startsWith('[') ? name : `<${name}>`, meaning);
  for (const [flags, meaning] of Object.entries(command.options))
    program.addOption(new Option(flags, meaning));
  if (command.output !== null) program.option('--json', 'print the answer as JSON, on one line');
  program.addHelpText('after', `\nExample:\n  ${programName} ${command.example}`);
  program.action(async (...received: unknown[]) => {
    const given: Record<string, unknown> = { ...program.opts() };
    for (const [index, [name]] of names.entries()) given[name.replace(/[[\]]/g, '')] = received[index];
    await run(given);
  });
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** Builds the program; `run` is handed the command that was called with what it was given. */
function createProgram(
  commands: readonly Command[],
  run: (command: Command, given: Record<string, unknown>) => Promise<void>,
): Program {
  const program = new Program(programName)
    .description(
      'The relay of Staffetta and everything its administrator does. Without a command it runs the relay.',
    )
    .version(
      `${release.version} (schema ${schemaVersion})`,
      '--version',
      'print the release and the newest schema it knows',
    )
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    // Neither the width of somebody's terminal nor its colours belong into a text that is compared.
    .configureOutput({ getOutHelpWidth: () => 100, getErrHelpWidth: () => 100 })
    .addHelpText(
      'after',
      `\nExit codes:\n${[...exitCodes].map(([code, meaning]) => `  ${code}  ${meaning}`).join('\n')}`,
    )
    .exitOverride();
  for (const command of commands) {
    const [first = '', second] = command.words.split(' ');
    let parent = program;
    if (second !== undefined) {
      parent =
        program.commands.find((one) => one.name() === first) ??
        program
          .command(first)
          .summary(groups.get(first) ?? '')
          .description(sentence(groups.get(first) ?? ''))
          .helpCommand(false);
    }
    const one = parent
      .command(second ?? first)
      .showHelpAfterError(`(${programName} ${command.words} --help tells more)`);
    define(one, command, (given) => run(command, given));
  }
  return program;
}

/**
 * Runs the command that `args` call and prints what it says.
 *
 * @returns the exit code; undefined for a command that goes on
 * @throws whatever the command throws
 */
export async function runProgram(
  args: readonly string[],
  commands: readonly Command[],
  around: Surroundings,
  print: (line: string) => void,
): Promise<number | undefined> {
  let said: Said | null = null;
  const program = createProgram(commands, async (command, given) => {
    said = await command.run(around, given);
    around.progress.clear();
    if (said === null) return;
    if (given['json'] === true) print(said.json);
    else said.lines.forEach(print);
  });
  try {
    await program.parseAsync(completed(args, commands), { from: 'user' });
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n`);
      return 2;
    }
    // It has told what is wrong by itself; help and version are no errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
  return codeOf(said);
}

const codeOf = (said: Said | null): number | undefined => (said === null ? undefined : said.isGood ? 0 : 1);

/** Every help text there is, by the command's words; the program's own under an empty name. */
export function helpTexts(commands: readonly Command[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const visit = (program: Program, words: string): void => {
    let text = '';
    program.configureOutput({ writeOut: (part) => (text += part) });
    program.outputHelp();
    texts.set(words, text.trimEnd());
    for (const one of program.commands) visit(one, `${words} ${one.name()}`.trim());
  };
  visit(
    createProgram(commands, async () => undefined),
    '',
  );
  return texts;
}
