import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems hand out by themselves: nobody else is given one between our look and our use. */
const range = [16_000, 32_000] as const;

/** A free port of loopback; `preferred` if nobody has it. */
export async function freePort(preferred = 0): Promise<number> {
  const port = preferred === 0 ? randomInt(...range) : preferred;
  const server = createServer();
  const listening = new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (!(await listening)) return freePort();
  server.close();
  await once(server, 'close');
  return port;
}
