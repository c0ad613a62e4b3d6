import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Context } from 'hono';
import type { RelayEnv } from './env.ts';
import { Failure } from '../../shared/failure.ts';

/**
 * What a request brings, read from Node's own message where there is one.
 *
 * A web `Request` with its `Headers` and its stream costs more than everything else that a warm grant does; it is made
 * only where there is no socket behind it.
 */
const messageOf = (c: Context<RelayEnv>) => (c.env as RelayEnv['Bindings'] | undefined)?.incoming;

/** A header's value; several of one name are joined by commas, or the first counts (Node's rules). */
export function headerOf(c: Context<RelayEnv>, name: string): string | undefined {
  const message = messageOf(c);
  if (message === undefined) return c.req.header(name);
  const value = message.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** The address of the peer; undefined without a socket. */
export function peerOf(c: Context<RelayEnv>): string | undefined {
  return messageOf(c)?.socket.remoteAddress;
}

/** The path as it stands in the URL, percent signs and all. */
export function requestPath(c: Context<RelayEnv>): string {
  const { path } = c.req;
  return path.includes('%') || c.req.url.includes('%') ? new URL(c.req.url).pathname : path;
}

/** The query with its question mark; empty where there is none. */
export function queryOf(c: Context<RelayEnv>): string {
  return new URL(c.req.url).search;
}

/** The body as it comes, for what is too large to hold. */
export function streamOf(c: Context<RelayEnv>): AsyncIterable<Uint8Array> {
  return messageOf(c) ?? c.req.raw.body ?? Readable.from([]);
}

/**
 * The body, counted as it comes: a chunked one has no length to believe.
 *
 * @throws Failure `request-too-large` beyond `bytesMax`
 */
export async function bodyOf(c: Context<RelayEnv>, bytesMax: number): Promise<Buffer> {
  if (Number(headerOf(c, 'content-length') ?? 0) > bytesMax) throw new Failure('request-too-large');
  const message = messageOf(c);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const take = (chunk: Uint8Array): void => {
    size += chunk.byteLength;
    if (size > bytesMax) throw new Failure('request-too-large');
    chunks.push(chunk);
  };
  if (message === undefined) for await (const chunk of c.req.raw.body ?? []) take(chunk);
  else await readMessage(message, take);
  return Buffer.concat(chunks);
}

/** By events: an asynchronous iterator over a body of two bytes costs more than parsing it. */
function readMessage(message: IncomingMessage, take: (chunk: Uint8Array) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    message.on('data', (chunk: Uint8Array) => {
      try {
        take(chunk);
      } catch (error) {
        message.pause();
        reject(error);
      }
    });
    message.once('end', resolve);
    message.once('error', reject);
    // Cut off by the peer, or by the server's own time limit.
    message.once('close', () => {
      if (!message.complete) reject(new Failure('request-invalid'));
    });
  });
}
