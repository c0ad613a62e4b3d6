import { once } from 'node:events';
import { createServer } from 'node:net';

/** A free port of loopback; `preferred` if nobody has it. */
export async function freePort(preferred = 0): Promise<number> {
  const server = createServer();
  const listening = new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(preferred, '127.0.0.1', () => resolve(true));
  });
  if (!(await listening)) return freePort();
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : preferred;
}
