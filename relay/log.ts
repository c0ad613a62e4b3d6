import pino, { type DestinationStream, type Logger } from 'pino';

/** Structured log of the relay: JSON lines on standard output. Callers pass codes and ids, never what strangers wrote. */
export type Log = Logger;

/** Opens the log. `destination` is standard output unless a test reads it. */
export function createLog(level: string, destination?: DestinationStream): Log {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return destination === undefined ? pino(options) : pino(options, destination);
}
