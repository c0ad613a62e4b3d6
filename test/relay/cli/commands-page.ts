import { z } from 'zod';
import type { Command } from '../../../relay/cli/command.ts';
import { shapeOf, type Schema } from '../../../relay/http/shape.ts';
import { exitCodes, helpTexts } from '../../../relay/cli/program.ts';

/** `docs/commands.md`, from the program's own help and the schemas of its answers. */
export function commandsPage(commands: readonly Command[]): string {
  const texts = helpTexts(commands);
  const fence = (text: string): string => `\`\`\`
${text}
\`\`\``;
  return `${[
    '# Commands of the relay',
    'This page is made from the program’s own help; a test keeps the two equal, and runs every command in it.',
    'In a clone: `npm run relay -- COMMAND`. After `npm run build`: `node dist/relay/relay.js COMMAND`, which is also the program\n`staffetta` of the package. Commands read the same settings as the relay (`docs/settings.md`) and may run beside it, except\nwhere it says so.',
    '`--json` prints the answer on one line of standard output, in the shape below each command; times are ISO 8601 in UTC. What\nwent wrong stands on standard error, and then standard output is empty. Fields may be added; none is taken away or changed.',
    `Exit codes: ${[...exitCodes].map(([code, meaning]) => `\`${code}\` ${meaning}`).join(' · ')}.`,
    fence(texts.get('') ?? ''),
    ...commands.flatMap(({ words, output }) => [
      `## ${words}`,
      fence(texts.get(words) ?? ''),
      ...(output === null
        ? []
        : ['With `--json`:', fence(shapeOf(z.toJSONSchema(output, { io: 'output' }) as Schema))]),
    ]),
  ].join('\n\n')}\n`;
}
