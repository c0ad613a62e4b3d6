import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';

/**
 * `socket-holder.ts PORT RELAY_JS`: what systemd does for a service with a socket and `Restart=always`. It listens, hands
 * the socket to the relay, and starts the relay anew each time it has ended in order.
 *
 * The wait is a blocking one, so that this process never accepts a connection itself.
 */
const [port = '', relay = ''] = process.argv.slice(2);
const server = createServer();
server.listen({ port: Number(port), host: '127.0.0.1', backlog: 1024 }, () => {
  const { _handle: handle } = server as unknown as { _handle: { fd: number } };
  const script = 'echo "relay pid $$"; LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$1"';
  for (;;) {
    const { status } = spawnSync('/bin/sh', ['-c', script, process.execPath, relay], {
      stdio: ['ignore', 'inherit', 'inherit', handle.fd],
    });
    if (status !== 0) process.exit(status ?? 1);
  }
});
