import { z } from 'zod';
import type { Command } from '../../../relay/cli/command.ts';
import { exitCodes, helpTexts } from '../../../relay/cli/program.ts';

/** What this page needs of JSON Schema. */
interface Schema {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
}

/** A shape in TypeScript's words, indented by `indent`. */
function shapeOf(schema: Schema, indent = ''): string {
  const inner = `${indent}  `;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) return either.map((one) => shapeOf(one, indent)).join(' | ');
  if (schema.type === 'array') {
    const items = shapeOf(schema.items ?? {}, indent);
    return items.includes(' | ') && !items.startsWith('{') ? `(${items})[]` : `${items}[]`;
  }
  if (schema.properties !== undefined) {
    const lines = Object.entries(schema.properties).map(
      ([name, one]) => `${inner}${name}: ${shapeOf(one, inner)};`,
    );
    return `{\n${lines.join('\n')}\n${indent}}`;
  }
  if (typeof schema.additionalProperties === 'object')
    return `Record<string, ${shapeOf(schema.additionalProperties, indent)}>`;
  const types = [schema.type ?? 'unknown'].flat();
  return types.map((type) => (type === 'integer' ? 'number' : type)).join(' | ');
}

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
