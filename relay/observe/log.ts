import pino, { type DestinationStream, type Logger } from 'pino';

/** Structured log of the relay: JSON lines on standard output. Callers pass codes and ids, never what strangers wrote. */
export type Log = Logger;

/** Opens the log. `destination` is standard output unless a test reads it. */
export function createLog(level: string, destination?: DestinationStream): Log {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  // Lines leave together, ten times a second: a write for each costs a tenth of what a grant does. pino writes what is
  // left when the process ends in order.
  return pino(
    options,
    destination ?? pino.destination({ dest: 1, sync: false, minLength: 4_096, periodicFlush: 100 }),
  );
}
