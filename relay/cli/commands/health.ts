import { z } from 'zod';
import { defineCommand } from '../command.ts';

/** How long an answer may take, in milliseconds: shorter than what container engines give a check. */
const patienceMs = 4_000;

/** Where a relay that listens on `host` is reached from its own machine. */
const reachableAt = (host: string): string =>
  host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;

/** Asks the relay of these settings whether it takes requests. */
export const health = defineCommand({
  words: 'health',
  summary: 'ask the relay that runs here whether it takes requests',
  detail:
    'For container engines and scripts: it asks /ready on the address the relay listens on. Exit code 1 when there is no relay, it is about to end, or it cannot write its database.',
  example: 'health',
  input: z.object({}),
  output: z.object({ isReady: z.boolean() }),
  async run({ readConfig }) {
    const { host, port } = readConfig();
    try {
      const answer = await fetch(`http://${reachableAt(host)}:${port}/ready`, {
        redirect: 'error',
        signal: AbortSignal.timeout(patienceMs),
      });
      return { isReady: answer.status === 200 };
    } catch {
      return { isReady: false };
    }
  },
  text: ({ isReady }) => [isReady ? 'ready' : 'not ready'],
  isGood: ({ isReady }) => isReady,
});
