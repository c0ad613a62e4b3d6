import { createLog } from '../../observe/log.ts';
import type { Command } from '../command.ts';
import { inheritedSocket } from '../inherited-socket.ts';
import { serveRelay } from '../serve.ts';

/** Runs the relay until it is told to end. */
export const start: Command = {
  words: 'start',
  summary: 'run the relay; the same as no command at all',
  detail:
    'It ends in order on SIGTERM and SIGINT: requests in progress are answered, what is in hand is stored.',
  arguments: {},
  options: {},
  example: 'start',
  output: null,
  async run(around) {
    const { config, store, vault, audit, now } = await around.open();
    const log = createLog(config.logLevel);
    const socket = inheritedSocket(around.environment, process.pid);
    const started = serveRelay(config, { log, store, vault, audit, now }, socket);
    const stop = (): void => void started.then((relay) => relay.stop()).catch(() => undefined);
    // Before it is ready: who waits for that word may end it at once.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
    await started;
    process.on('uncaughtException', (error) => {
      log.error({ err: error }, 'an exception that nobody caught');
      // In order: an answer of a provider may be in hand.
      process.exitCode = 1;
      stop();
    });
    around.keepOpen();
    return null;
  },
};
