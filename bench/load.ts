import { connect, type Socket } from 'node:net';

/** What a load has done. */
export interface LoadResult {
  requests: number;
  /** Answers other than 200. */
  failures: number;
  seconds: number;
  /** Milliseconds, one for each request. */
  latencies: number[];
}

interface Load {
  ports: readonly number[];
  sockets: number;
  durationMs: number;
  /** The next request as it goes over the wire; null when there is none left. */
  next(): Buffer | null;
}

/**
 * Sends requests over kept connections, one at a time on each, for `durationMs`.
 *
 * Written on bare sockets: a client that costs as much as the server would be what is measured.
 */
export async function runLoad({ ports, sockets, durationMs, next }: Load): Promise<LoadResult> {
  const result: LoadResult = { requests: 0, failures: 0, seconds: 0, latencies: [] };
  const startedAt = performance.now();
  const endsAt = startedAt + durationMs;
  await Promise.all(
    Array.from({ length: sockets }, (_, index) =>
      drive(ports[index % ports.length] ?? 0, endsAt, next, result),
    ),
  );
  result.seconds = (performance.now() - startedAt) / 1000;
  return result;
}

function drive(port: number, endsAt: number, next: () => Buffer | null, result: LoadResult): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    let sentAt = 0;
    let received = '';
    const send = (): void => {
      const request = performance.now() < endsAt ? next() : null;
      if (request === null) {
        socket.end();
        resolve();
        return;
      }
      received = '';
      sentAt = performance.now();
      socket.write(request);
    };
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (!isWhole(received)) return;
      result.requests += 1;
      result.latencies.push(performance.now() - sentAt);
      if (!received.startsWith('HTTP/1.1 200')) {
        result.failures += 1;
        lastFailure = received.slice(0, 2_000);
      }
      send();
    });
  });
}

/** The newest answer that was no success, for the person who has to mend the benchmark. */
export let lastFailure = '';

function isWhole(answer: string): boolean {
  const head = answer.indexOf('\r\n\r\n');
  if (head < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.slice(0, head))?.[1];
  return length === undefined ? answer.endsWith('\r\n0\r\n\r\n') : answer.length >= head + 4 + Number(length);
}
