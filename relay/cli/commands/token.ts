import { z } from 'zod';
import { defineCommand } from '../command.ts';
import { addToken, readToken } from '../token.ts';

/** Gives a member a token made by hand. */
export const tokenAdd = defineCommand({
  words: 'token add',
  summary: 'give a member a token made by hand, read from standard input or STAFFETTA_TOKEN',
  detail:
    'The token is tried first and is never shown again. Where the member is connected already it takes the place of the old one in one step.',
  arguments: { member: 'id of the member (mem_…)' },
  example: 'token add mem_AAAAAAAAAAAAAAAAAAAAAA < token.txt',
  input: z.object({ member: z.string() }),
  output: z.object({
    connectionId: z.string(),
    providerName: z.string(),
    hasReplaced: z.boolean(),
    revocationSteps: z.string(),
  }),
  async run({ open, environment, stdin }, { member }) {
    const tools = await open();
    return addToken(tools, member, await readToken(environment, stdin), tools.now);
  },
  text: ({ providerName, connectionId, hasReplaced, revocationSteps }) => [
    `${providerName}: ${connectionId} works with this token, through the relay alone.`,
    ...(hasReplaced ? [`Nothing uses the one before any more. Remove it. ${revocationSteps}`] : []),
  ],
});
