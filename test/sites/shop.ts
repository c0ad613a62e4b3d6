import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

/** The pages of the shop by path; each is a file in `pages`. */
export const shopPages: Readonly<Record<string, string>> = {
  '/': 'ordini.html',
  '/ordini/1042': 'ordine-1042.html',
  '/ordini/1043': 'ordine-1043.html',
  '/ordini/1044': 'ordine-1044.html',
  '/ordini/1045': 'ordine-1045.html',
  '/inventario': 'inventario.html',
};

/** The HTML of the page at `path`. */
export async function shopPage(path: string): Promise<string | null> {
  const name = Object.hasOwn(shopPages, path) ? shopPages[path] : undefined;
  return name === undefined ? null : await readFile(new URL(`pages/${name}`, import.meta.url), 'utf8');
}

/** A running shop. */
export interface Shop {
  /** `http://bottega.localhost:PORT` */
  origin: string;
  close(): Promise<void>;
}

/** Starts the back office of a made-up shop on this machine, with further pages by path; without `port`, on any free one. */
export async function startShop(
  options: { port?: number; pages?: Readonly<Record<string, string>> } = {},
): Promise<Shop> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://bottega.localhost');
    const send = (status: number, type: string, body: string): void => {
      response.writeHead(status, {
        'content-type': `${type}; charset=utf-8`,
        'cache-control': 'no-store',
        // Whoever has opened a page is known; files are for those alone.
        ...(type === 'text/html' ? { 'set-cookie': 'sessione=aperta; Path=/; SameSite=Lax' } : {}),
      });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    const answer = async (): Promise<void> => {
      if (request.method !== 'GET' && request.method !== 'HEAD')
        return send(405, 'text/plain', 'Solo lettura.');
      if (pathname === '/shop.css') {
        return send(200, 'text/css', await readFile(new URL('shop.css', import.meta.url), 'utf8'));
      }
      const page = options.pages?.[pathname] ?? (await shopPage(pathname));
      if (pathname.endsWith('.pdf')) {
        const isKnown = request.headers.cookie?.includes('sessione=aperta') === true;
        if (page === null || !isKnown) send(403, 'text/plain', 'Prima entra.');
        else send(200, 'application/pdf', page);
      } else if (page === null) send(404, 'text/plain', 'Pagina non trovata.');
      else send(200, 'text/html', page);
    };
    answer().catch(() => send(500, 'text/plain', 'Errore.'));
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The shop listens on no port.');
  return {
    origin: `http://bottega.localhost:${address.port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
