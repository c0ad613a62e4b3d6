import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** One request that the relay made. */
export interface TokenCall {
  method: string;
  path: string;
  form: URLSearchParams;
}

/** What the endpoint does with a request: answer it, never answer it, or cut the connection. */
export type TokenAnswer =
  | { status?: number; headers?: Record<string, string>; body?: string | Record<string, unknown> }
  | 'hang'
  | 'reset';

/** A scripted token endpoint: real HTTP on loopback that does what the test queued, and issues tokens otherwise. */
export interface TokenEndpoint {
  origin: string;
  /** Everything the relay sent, in order. */
  calls: TokenCall[];
  /** Every code, token and secret that went through, for scans. */
  secrets: Set<string>;
  /** Queues the answer to the next request; a function may take its time. */
  next(answer: TokenAnswer | ((call: TokenCall) => TokenAnswer | Promise<TokenAnswer>)): void;
  /** Answers every request that nothing is queued for like this, until it is told null. */
  always(answer: TokenAnswer | null): void;
  /** A fresh successful answer, to be altered by the test. */
  tokens(): { access_token: string; refresh_token: string; token_type: string; expires_in: number };
}

/** Opens a scripted token endpoint for the length of the test. */
export async function openTokenEndpoint(): Promise<TokenEndpoint> {
  const queue: Array<(call: TokenCall) => TokenAnswer | Promise<TokenAnswer>> = [];
  let standing: TokenAnswer | null = null;
  const endpoint: TokenEndpoint = {
    origin: '',
    calls: [],
    secrets: new Set(),
    next: (answer) => queue.push(typeof answer === 'function' ? answer : () => answer),
    always(answer) {
      standing = answer;
    },
    tokens() {
      const [access_token, refresh_token] = ['a', 'r'].map(
        (prefix) => `${prefix}/${randomBytes(24).toString('base64url')}`,
      ) as [string, string]; // a map of a pair is a pair
      endpoint.secrets.add(access_token).add(refresh_token);
      return { access_token, refresh_token, token_type: 'bearer', expires_in: 86_400 };
    },
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = new URLSearchParams(await text(request));
    const call = { method: request.method ?? '', path: request.url ?? '', form };
    endpoint.calls.push(call);
    for (const name of ['code', 'refresh_token', 'client_secret', 'code_verifier']) {
      const value = form.get(name);
      if (value !== null) endpoint.secrets.add(value);
    }
    const answer: TokenAnswer = (await queue.shift()?.(call)) ?? standing ?? { body: endpoint.tokens() };
    if (answer === 'hang') return;
    if (answer === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    const { status = 200, headers = { 'Content-Type': 'application/json' }, body = '' } = answer;
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  };

  const server = createServer((request, response) => {
    // The relay under test has a clock of its own.
    response.sendDate = false;
    handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  // Bound to a port, so the address is never a pipe's name.
  endpoint.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return endpoint;
}
